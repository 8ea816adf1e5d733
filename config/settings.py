"""Settings of a node. Everything that differs between nodes is read from the environment.

The variables and their defaults are listed in `docs/settings.md`.
"""

import os
import sys
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from config import databases, env
from config.env import BASE_DIR
from config.logging import logging_settings

DEBUG = env.flag("DEBUG", default=True)
SECRET_KEY = env.secret_key()
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

LOCAL_APPS = [
    "website",
    "odoo",
    "chat",
    "readme",
    "release",
    "subscriptions",
    "ocpp",
    "accounts",
    "qrcodes",
    "awg",
    "nodes",
    "mailer",
    "schedules",
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
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "website.middleware.ContentSecurityPolicyMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"
SITE_ID = 1
# How people reach this node, such as https://node.example: what its QR codes lead to. Without
# it, the domain of the current site (in the admin, under Sites).
SITE_URL = env.text("SITE_URL").rstrip("/")
#: WebSocket paths that `runserver` tells.
WEBSOCKET_ENDPOINTS = ["/ws/echo/", "/ws/live/", "/ws/ocpp/<charger_id>/"]

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

# --- people ---------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTHENTICATION_BACKENDS = [
    "accounts.backends.PasswordBackend",
    "accounts.backends.RFIDBackend",
]
LOGIN_URL = "website:login"

# Proxies (addresses or networks) whose X-Forwarded-For header is believed.
TRUSTED_PROXIES = env.words("TRUSTED_PROXIES")
# Limits on guessing, by network address unless said otherwise.
RFID_LOGIN_PER_MINUTE = env.number("RFID_LOGIN_PER_MINUTE", 5)
RFID_LOGIN_PER_HOUR = env.number("RFID_LOGIN_PER_HOUR", 20)
RFID_LOGIN_PER_MINUTE_IN_ALL = env.number("RFID_LOGIN_PER_MINUTE_IN_ALL", 60)
# Whether a card may open a session of staff: its number can be copied.
RFID_LOGIN_STAFF = env.flag("RFID_LOGIN_STAFF", default=False)
# Failed logins of one user name at one address, and of all user names at one address.
PASSWORD_FAILURES_PER_15_MINUTES = env.number("PASSWORD_FAILURES_PER_15_MINUTES", 5)
PASSWORD_FAILURES_PER_HOUR = env.number("PASSWORD_FAILURES_PER_HOUR", 50)

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
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- language and time ----------------------------------------------------------------------

LANGUAGE_CODE = env.text("LANGUAGE_CODE", "en")
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("TIME_ZONE", "America/Monterrey")

# --- static and media files -----------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
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
MEDIA_ROOT = env.text("MEDIA_ROOT", str(BASE_DIR / "media"))
# What charge points upload: never served but to staff, so not among the media.
UPLOADS_ROOT = env.text("UPLOADS_ROOT", str(BASE_DIR / "uploads"))

# --- charging -------------------------------------------------------------------------------

# Unknown charge points: open (a private peer is accepted, a public one waits for approval),
# approve (every one waits), closed (refused).
OCPP_UNKNOWN_CHARGERS = env.choice("OCPP_UNKNOWN_CHARGERS", "open", ("open", "approve", "closed"))
# New ids within an hour: of public addresses each and in all, and of private addresses in all.
OCPP_NEW_PER_ADDRESS_AN_HOUR = env.number("OCPP_NEW_PER_ADDRESS_AN_HOUR", 10)
OCPP_NEW_AN_HOUR = env.number("OCPP_NEW_AN_HOUR", 60)
OCPP_NEW_PRIVATE_AN_HOUR = env.number("OCPP_NEW_PRIVATE_AN_HOUR", 1000)
# Chargers that may wait for approval at once.
OCPP_UNAPPROVED = env.number("OCPP_UNAPPROVED", 200)
# How long a charge point may take to be admitted (s). Connections at a time and handshakes a second
# of one network address, accepted chargers not counted; admissions a second of a process (each 0:
# no limit).
OCPP_HANDSHAKE_S = env.number("OCPP_HANDSHAKE_S", 10, least=1)
OCPP_CONNECTIONS_PER_ADDRESS = env.number("OCPP_CONNECTIONS_PER_ADDRESS", 200, least=0)
OCPP_HANDSHAKES_PER_ADDRESS_A_SECOND = env.number(
    "OCPP_HANDSHAKES_PER_ADDRESS_A_SECOND", 20, least=0
)
OCPP_ADMISSIONS_A_SECOND = env.number("OCPP_ADMISSIONS_A_SECOND", 500, least=0)
# Connects a minute of one charger from one address (0: no limit), beyond which it rests (s); they
# are not counted just after the start of the process (s).
OCPP_CONNECTS_A_MINUTE = env.number("OCPP_CONNECTS_A_MINUTE", 15, least=0)
OCPP_REST_S = env.number("OCPP_REST_S", 300, least=1)
OCPP_START_GRACE_S = env.number("OCPP_START_GRACE_S", 120, least=0)
# How often a connection is pinged, at most, and how long the pong may take (s).
OCPP_PING_S = env.number("OCPP_PING_S", 60, least=1)
OCPP_PONG_S = env.number("OCPP_PONG_S", 60, least=1)
# Connections that may wait to be taken.
OCPP_LISTEN_BACKLOG = env.number("OCPP_LISTEN_BACKLOG", 4096, least=1)
# Messages a second and in a burst from one charge point, beyond which it is read more slowly
# (0: no limit), and how long that may go on without a pause (s).
OCPP_MESSAGES_A_SECOND = env.number("OCPP_MESSAGES_A_SECOND", 5, least=0)
OCPP_MESSAGE_BURST = env.number("OCPP_MESSAGE_BURST", 300, least=0)
OCPP_THROTTLED_S = env.number("OCPP_THROTTLED_S", 600, least=0)
# The longest message of one (KiB), beyond which its connection ends with 1009, and the same while
# it is not accepted; how deep its JSON may nest.
OCPP_MESSAGE_KIB = env.number("OCPP_MESSAGE_KIB", 256, least=1)
OCPP_MESSAGE_UNAPPROVED_KIB = env.number("OCPP_MESSAGE_UNAPPROVED_KIB", 16, least=1)
OCPP_JSON_DEPTH = env.number("OCPP_JSON_DEPTH", 10, least=8, most=100)
# Messages that may be in the writer at a time (0: no limit), and how long another one may wait
# until its charge point is asked to send it again (s).
OCPP_WRITER_QUEUE = env.number("OCPP_WRITER_QUEUE", 2000, least=0)
OCPP_WRITER_WAIT_S = env.number("OCPP_WRITER_WAIT_S", 8, least=0)
# Open pages that one process tells what has changed; a quarter of the places is kept for staff.
OCPP_LIVE_PAGES = env.number("OCPP_LIVE_PAGES", 500, least=0)
# Web pages whose scripts may open a charge point's address (values of the Origin header).
OCPP_ALLOWED_ORIGINS = env.words("OCPP_ALLOWED_ORIGINS")
# Wrong keys of one charger id from one address within 15 minutes.
OCPP_KEY_FAILURES_PER_15_MINUTES = env.number("OCPP_KEY_FAILURES_PER_15_MINUTES", 10)
# Whether the proxies of TRUSTED_PROXIES tell the client certificate, in X-Client-Cert (%-encoded
# PEM) and X-Client-Verify, and take these headers from whoever else sends them.
OCPP_CLIENT_CERTIFICATE_HEADERS = env.flag("OCPP_CLIENT_CERTIFICATE_HEADERS", default=False)
OCPP_STRICT = env.flag("OCPP_STRICT", default=False)
OCPP_HEARTBEAT_INTERVAL_S = env.number("OCPP_HEARTBEAT_INTERVAL_S", 300)
# How soon a charge point that is not accepted may ask again (s).
OCPP_PENDING_INTERVAL_S = env.number("OCPP_PENDING_INTERVAL_S", 60)
OCPP_REJECTED_INTERVAL_S = env.number("OCPP_REJECTED_INTERVAL_S", 3600)
# Whether and how long after an accepted boot (s) its configuration is read, unless the last
# reading is younger than this (h); how many different ones are kept for each charger; and what
# keys of it are raised to where they are lower (nothing: none).
OCPP_READ_CONFIGURATION = env.flag("OCPP_READ_CONFIGURATION", default=True)
OCPP_READ_CONFIGURATION_DELAY_S = env.number("OCPP_READ_CONFIGURATION_DELAY_S", 10)
OCPP_READ_CONFIGURATION_AGE_H = env.number("OCPP_READ_CONFIGURATION_AGE_H", 24)
OCPP_SNAPSHOTS_KEPT = env.number("OCPP_SNAPSHOTS_KEPT", 20)
OCPP_AT_LEAST = env.words(
    "OCPP_AT_LEAST", "TransactionMessageAttempts=10,TransactionMessageRetryInterval=60"
)
# Refused connections that are kept to be shown: in all, and of one network address.
OCPP_ATTEMPTS_KEPT = env.number("OCPP_ATTEMPTS_KEPT", 1000)
OCPP_ATTEMPTS_PER_ADDRESS = env.number("OCPP_ATTEMPTS_PER_ADDRESS", 100)
OCPP_CALL_TIMEOUT_S = env.number("OCPP_CALL_TIMEOUT_S", 30)
# Commands that may wait for one charger, how long they may (s), and a remote start (s).
OCPP_COMMAND_QUEUE = env.number("OCPP_COMMAND_QUEUE", 50)
OCPP_COMMAND_TTL_S = env.number("OCPP_COMMAND_TTL_S", 300)
OCPP_REMOTE_START_TTL_S = env.number("OCPP_REMOTE_START_TTL_S", 60)
# Energy (Wh) that is held at a time for a session where credit decides.
OCPP_HOLD_WH = env.number("OCPP_HOLD_WH", 5000)
# A session whose hold cannot grow is stopped when so much of it is left, or less (Wh).
OCPP_HOLD_MARGIN_WH = env.number("OCPP_HOLD_MARGIN_WH", 500)
# What a connector delivers at most (W), to tell meters that lie; can be set for each connector.
OCPP_CONNECTOR_POWER_W = env.number("OCPP_CONNECTOR_POWER_W", 400_000)
# What a connector is fed with where nothing else is told: phases, and V between one and neutral.
OCPP_PHASES = int(env.choice("OCPP_PHASES", "3", ("1", "2", "3")))
OCPP_VOLTAGE = env.number("OCPP_VOLTAGE", 230)
# REST requests of one process that may wait for a charger's answer at the same time.
OCPP_WAITING_REQUESTS = env.number("OCPP_WAITING_REQUESTS", 32)

# How long meter readings and the messages of charge points are kept (days; 0: for ever).
OCPP_METER_READINGS_DAYS = env.number("OCPP_METER_READINGS_DAYS", 400)
OCPP_MESSAGE_LOG_DAYS = env.number("OCPP_MESSAGE_LOG_DAYS", 90)
# The same for the history of the states of connectors: a row for each change.
OCPP_STATUS_HISTORY_DAYS = env.number("OCPP_STATUS_HISTORY_DAYS", 400)

# Diagnostics and logs that a charge point uploads: the longest file (MB), and how long the address
# given to it is good for (s).
OCPP_UPLOAD_MAX_MB = env.number("OCPP_UPLOAD_MAX_MB", 50)
OCPP_UPLOAD_TTL_S = env.number("OCPP_UPLOAD_TTL_S", 3600)
# How long after the time at which a charge point is to fetch firmware from here it may do so (s).
OCPP_FIRMWARE_TTL_S = env.number("OCPP_FIRMWARE_TTL_S", 86400)

# Certificates of charge points. Who gets one: known (accepted chargers that staff have looked at,
# the others wait), approve (every one waits), closed (nobody). Another authority than this node's
# own, as a dotted path. The key of its own root, how long a certificate lasts (days) and how long
# before its end staff are told; the organization that requests must name, as the key CpoName.
OCPP_SIGN_CERTIFICATES = env.choice(
    "OCPP_SIGN_CERTIFICATES", "known", ("known", "approve", "closed")
)
OCPP_CERTIFICATE_AUTHORITY = env.text("OCPP_CERTIFICATE_AUTHORITY")
OCPP_AUTHORITY_KEY = env.choice("OCPP_AUTHORITY_KEY", "ec", ("ec", "rsa"))
OCPP_CERTIFICATE_DAYS = env.number("OCPP_CERTIFICATE_DAYS", 365)
OCPP_CERTIFICATE_WARN_DAYS = env.number("OCPP_CERTIFICATE_WARN_DAYS", 30)
OCPP_CPO_NAME = env.text("OCPP_CPO_NAME")

# --- seeing it run --------------------------------------------------------------------------

# Whether /metrics tells Prometheus what goes on.
METRICS = env.flag("METRICS", default=True)
# With less free disk than this (MB) a process is not ready.
HEALTH_DISK_FREE_MB = env.number("HEALTH_DISK_FREE_MB", 100)

# What the numbers above are where nobody has set them, to be shown beside them.
ENV_DEFAULTS = env.DEFAULTS

# --- log files --------------------------------------------------------------------------------

LOGS_DIR = Path(env.text("LOGS_DIR", str(BASE_DIR / "logs")))
# Set by pytest for itself and for every process that a test starts.
TESTING = "PYTEST_VERSION" in os.environ or sys.argv[1:2] == ["test"]
LOGGING = logging_settings(
    LOGS_DIR,
    LOCAL_APPS,
    level=env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
    single="tests" if TESTING else "",
    keep_days=env.number("LOG_KEEP_DAYS", 90),
    form=env.choice("LOG_FORMAT", "text", ("text", "json")),
)
