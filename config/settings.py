"""Settings of a node. Everything that differs between nodes is read from the environment.

The variables and their defaults are listed in `docs/settings.md`. Those of charging, of people and
of what leaves the node are read in `charging_settings`, `people_settings` and `reaching_settings`,
whose names are all settings too.
"""

import os
import sys
from pathlib import Path

from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from config import databases, env
from config.charging_settings import *  # noqa: F403  (Django looks for all settings here)
from config.env import BASE_DIR, DATA_DIR
from config.logging import logging_settings
from config.people_settings import *  # noqa: F403
from config.reaching_settings import *  # noqa: F403

DEBUG = env.flag("DEBUG", default=True)
SECRET_KEY = env.secret_key()
# Seals passwords for other systems (Odoo); generated when the first one is stored or read.
STORED_SECRETS_KEY = SimpleLazyObject(
    lambda: env.secret_key(name="STORED_SECRETS_KEY", file="stored-secrets.env")
)
# Former ones, which still open what they have sealed.
STORED_SECRETS_OLD_KEYS = env.words("STORED_SECRETS_OLD_KEYS")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
# Other sites whose pages may read what the JSON API answers to their tokens.
CORS_ALLOWED_ORIGINS = env.words("CORS_ALLOWED_ORIGINS")

LOCAL_APPS = [
    "website",
    "odoo",
    "chat",
    "readme",
    "release",
    "notifications",
    "subscriptions",
    "events",
    "ocpp",
    "accounts",
    "qrcodes",
    "awg",
    "nodes",
    "mailer",
    "audit",
    "schedules",
    "outgoing",
]

# `config` stands before daphne for its `runserver`, and daphne before staticfiles for its own.
INSTALLED_APPS = [
    "config",
    "daphne",
    *LOCAL_APPS,
    "channels",
    "django_tasks",
    "django_tasks_db",
    "import_export",
    "ninja",
    "js_lib_bootstrap5",
    "js_lib_bootstrap_icons",
    "js_lib_leaflet",
    "config.admin_app.GroupedAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sites",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "config.logging.ActiveAppMiddleware",
    "config.proxies.ProxyProtocolMiddleware",
    "config.probes.ProbesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "website.middleware.ContentSecurityPolicyMiddleware",
    "accounts.cors.CorsMiddleware",
    "config.sites.SiteMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.ActorMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"
SITE_ID = 1
# How people reach this node, such as https://node.example: what its QR codes lead to. Without
# it, the domain of the current site (in the admin, under Sites).
SITE_URL = env.text("SITE_URL").rstrip("/")
# How messages name the node's command line; the command `arthexis` sets it.
MANAGE_COMMAND = env.text("MANAGE_COMMAND", "python manage.py")
#: WebSocket paths that `runserver` tells.
WEBSOCKET_ENDPOINTS = ["/ws/echo/", "/ws/live/", "/ws/events/", "/ws/ocpp/<charger_id>/"]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- database -----------------------------------------------------------------------------

DATABASES = {"default": databases.from_environment()}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- work in the background -------------------------------------------------------------------

# Tasks wait in the database for `manage.py work`.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}
# How often (s) a process looks for schedules that are due.
SCHEDULES_LOOK_S = env.number("SCHEDULES_LOOK_S", 5)

# --- several processes ----------------------------------------------------------------------

# Redis, through which processes give each other hints. Without it they look every second.
REDIS_URL = env.text("REDIS_URL")
# How long (s) a process that says nothing is taken to live.
OCPP_LEASE_S = env.number("OCPP_LEASE_S", 20)
CHANNEL_LAYERS = {
    "default": (
        {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {
                "hosts": [{"address": REDIS_URL, "socket_timeout": 2, "socket_connect_timeout": 2}],
                "prefix": "constellation",
            },
        }
        if REDIS_URL
        else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    )
}

# --- HTTPS ----------------------------------------------------------------------------------

# Set on a node that people reach over HTTPS, by itself or through a proxy.
HTTPS = env.flag("HTTPS", default=False)
SECURE_SSL_REDIRECT = HTTPS
# Monitors ask a process by its address, beside the proxy that speaks TLS.
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
SECURE_HSTS_SECONDS = env.number("HSTS_SECONDS", 365 * 24 * 3600) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("HSTS_INCLUDE_SUBDOMAINS", default=True)
SECURE_HSTS_PRELOAD = env.flag("HSTS_PRELOAD", default=False)
# A browser's preload list is for the owner of the whole domain to ask for (W021).
SILENCED_SYSTEM_CHECKS = ["security.W021"]
# Without DEBUG, cookies go over HTTPS only; a node in a closed network without HTTPS sets 0.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.flag("SECURE_COOKIES", default=HTTPS or not DEBUG)
# Proxies (addresses or networks) whose X-Forwarded-For header is believed.
TRUSTED_PROXIES = env.words("TRUSTED_PROXIES")
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- language and time ----------------------------------------------------------------------

LANGUAGE_CODE = env.text("LANGUAGE_CODE", "en")
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
FORMAT_MODULE_PATH = ["config.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("TIME_ZONE", "America/Monterrey")

CSRF_FAILURE_VIEW = "website.views.csrf_failure"
# Whether pages take Bootstrap and its like from a public CDN, and from here where that is out of
# reach; without it always from here.
ASSETS_CDN = env.flag("ASSETS_CDN", default=True)
# Where maps take their tiles from; "" for maps without any, which work on a grid.
MAP_TILES = env.text(
    "MAP_TILES", "https://tile.openstreetmap.org/{z}/{x}/{y}.png" if ASSETS_CDN else "0"
)
if MAP_TILES == "0":
    MAP_TILES = ""

# --- static and media files -----------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "staticfiles"
# `collectstatic` makes a manifest, from which names with a digest are served and may be cached
# for ever. A node that has not run it serves the files from where the apps keep them.
COLLECTS_STATIC = not DEBUG and sys.argv[1:2] == ["collectstatic"]
STATIC_COLLECTED = not DEBUG and (STATIC_ROOT / "staticfiles.json").exists()
WHITENOISE_USE_FINDERS = not STATIC_COLLECTED
# As it is by itself, but not where tests turn DEBUG off later: all files would be listed again
# for each test's client.
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if STATIC_COLLECTED or COLLECTS_STATIC
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
MEDIA_URL = "media/"
MEDIA_ROOT = env.text("MEDIA_ROOT", str(DATA_DIR / "media"))
# What charge points upload: never served but to staff, so not among the media.
UPLOADS_ROOT = env.text("UPLOADS_ROOT", str(DATA_DIR / "uploads"))

# --- backups --------------------------------------------------------------------------------

# Where `manage.py backup` and `upgrade.sh` put theirs.
BACKUPS_ROOT = env.text("BACKUPS_ROOT", str(BASE_DIR / "backups"))

# --- seeing it run --------------------------------------------------------------------------

# Whether /metrics tells Prometheus what goes on.
METRICS = env.flag("METRICS", default=True)
# With less free disk than this (MB) a process is not ready.
HEALTH_DISK_FREE_MB = env.number("HEALTH_DISK_FREE_MB", 100)

# What the numbers are where nobody has set them, to be shown beside them.
ENV_DEFAULTS = env.DEFAULTS

# --- log files --------------------------------------------------------------------------------

LOGS_DIR = Path(env.text("LOGS_DIR", str(DATA_DIR / "logs")))
# Set by pytest for itself and for every process that a test starts.
TESTING = "PYTEST_VERSION" in os.environ or sys.argv[1:2] == ["test"]
# Days after which a rotated file is removed (0: never).
LOG_KEEP_DAYS = env.number("LOG_KEEP_DAYS", 90)
LOGGING = logging_settings(
    LOGS_DIR,
    LOCAL_APPS,
    level=env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
    single="tests" if TESTING else "",
    keep_days=LOG_KEEP_DAYS,
    form=env.choice("LOG_FORMAT", "text", ("text", "json")),
)
