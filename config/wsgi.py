"""WSGI entry point: pages only, no WebSockets. Production uses `config.asgi`."""

import os

from config.env import load_env_files

load_env_files()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.core.wsgi import get_wsgi_application  # noqa: E402  (settings must be named first)

application = get_wsgi_application()
