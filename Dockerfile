# The site as an image: assets in the first stage, packages in the second, neither's tools in the last.
# hadolint global ignore=DL3008
FROM node:24-bookworm-slim AS assets
WORKDIR /site
COPY package.json package-lock.json ./
RUN npm ci --include=dev --ignore-scripts --no-audit --no-fund
COPY assets assets
RUN npm run build

FROM python:3.13-slim-bookworm AS packages
WORKDIR /site
COPY deploy/requirements*.lock ./
# What few sites need, such as EXTRAS="s3 sentry": one or more of oidc, rq, s3 and sentry.
ARG EXTRAS=""
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
    && for extra in $EXTRAS; do \
        /venv/bin/pip install --no-cache-dir --require-hashes -r requirements-$extra.lock || exit 1; \
    done \
    && /venv/bin/pip uninstall --yes pip
COPY --from=assets /site/build build
COPY manage.py ./
COPY cms cms
COPY home home
COPY events events
COPY prevent_content prevent_content
COPY templates templates
COPY bin/social_card.py bin/catalogues.py bin/
RUN /venv/bin/python bin/social_card.py build/static/prevent/social-card.png \
    && /venv/bin/python bin/catalogues.py compile \
    && rm -r bin
COPY docs/editors docs/editors
COPY docs/images/editors docs/images/editors
COPY deploy/gunicorn.py deploy/collect.sh deploy/
RUN sh deploy/collect.sh

FROM python:3.13-slim-bookworm
# pg_dump and pg_restore, for `prevent-manage backup` and `restore`.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client \
    && apt-get purge --yes --auto-remove \
    && rm -rf /var/lib/apt/lists/* \
    && rm -rf /usr/local/lib/python3.13/site-packages/pip* /usr/local/bin/pip* \
    && useradd --system --uid 10001 --home-dir /var/lib/prevent --create-home prevent
COPY --from=packages /venv /venv
COPY --from=packages /site /site
COPY deploy/prevent-manage /usr/local/bin/prevent-manage
WORKDIR /site
ENV PATH=/venv/bin:$PATH \
    DJANGO_SETTINGS_MODULE=cms.settings.production \
    MALLOC_ARENA_MAX=1 \
    MALLOC_TRIM_THRESHOLD_=131072 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    VAR_DIR=/var/lib/prevent
USER 10001
VOLUME /var/lib/prevent
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["gunicorn", "--config", "deploy/gunicorn.py", "cms.wsgi:application"]
