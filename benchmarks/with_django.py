"""Imported first by a benchmark that works with the studio's own rows, those that STUDIO_DATA_DIR names."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")
django.setup()
