"""Runs one build, from the claim to the recorded image. Knows no Celery and no HTTP; `run.py` tells the story."""
