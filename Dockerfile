# The production image: gunicorn or the worker, no database in it.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1
WORKDIR /app

# First what changes least: the environment from the hash-locked list.
COPY requirements/server.txt requirements/
COPY backend/__init__.py backend/environment.py backend/
RUN python3 backend/environment.py server

COPY . .
ENV JEMPUT_HOME=/data STATIC_ROOT=/app/static HOST=0.0.0.0 PORT=8000
# Collecting files needs settings that load; these keys are forgotten again.
RUN set -eu; \
    .venv/bin/python -m compileall -q backend outreach sync fixtures; \
    eval "$(.venv/bin/python -m backend keys | sed 's/^/export /')"; \
    ALLOWED_HOSTS=build DATABASE_URL=postgresql:///build JEMPUT_HOME=/tmp/build \
        .venv/bin/python -m backend collectstatic --no-input --verbosity 0; \
    useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin jemput-bola; \
    install --directory --owner 10001 --group 10001 --mode 0750 /data

USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s \
    CMD [".venv/bin/python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/health/\", timeout=5)"]
# The other roles: `.venv/bin/python -m backend worker` and `… migrate`.
CMD [".venv/bin/python", "-m", "backend", "serve"]
