# One image for web, worker and scheduler; compose.yaml says how they are run together.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=studio.settings STUDIO_DATA_DIR=/data STUDIO_BIND=0.0.0.0 STUDIO_TLS_PORT=0

WORKDIR /studio
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
RUN useradd --uid 10001 --no-create-home studio && install --directory --owner=studio --group=studio /data

COPY . .
USER studio
VOLUME /data
EXPOSE 8000
HEALTHCHECK --start-period=30s CMD ["python", "-m", "studio.launch", "healthy"]
CMD ["gunicorn", "--config", "python:studio.launch.web"]
