"""The WSGI application, for `gunicorn --config deploy/gunicorn_settings.py deploy.wsgi`."""

import logging
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from deploy.bounded_bodies import with_bounded_bodies
from deploy.private_logs import make_private
from deploy.readable_requests import with_readable_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
application = with_readable_headers(with_bounded_bodies(get_wsgi_application(), settings.DATA_UPLOAD_MAX_MEMORY_SIZE))
# gunicorn has handlers of its own.
for name in ("gunicorn.error", "gunicorn.access"):
    make_private(logging.getLogger(name), settings.LOG_FORMAT, settings.SECRET_VALUES)
