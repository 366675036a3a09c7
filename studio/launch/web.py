"""How gunicorn serves the pages, here and in the container image: `gunicorn --config python:studio.launch.web`."""

import os

from django.conf import settings

from studio.launch.addresses import bracketed

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")

wsgi_app = "studio.wsgi:application"
bind = f"{bracketed(settings.STUDIO_BIND)}:{settings.STUDIO_PORT}"
workers = 2
threads = 8
preload_app = True
graceful_timeout = 5
loglevel = "warning"
control_socket_disable = True
