"""Settings of a node. Everything that differs between nodes is read from the environment.

The variables and their defaults are listed in `docs/settings.md`.
"""

from django.utils.translation import gettext_lazy as _

from config import env
from config.env import BASE_DIR

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
]

INSTALLED_APPS = [
    "daphne",
    *LOCAL_APPS,
    "channels",
    "import_export",
    "whitenoise.runserver_nostatic",
    "js_lib_bootstrap5",
    "js_lib_bootstrap_icons",
    "js_lib_leaflet",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sites",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"
SITE_ID = 1

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

if env.text("POSTGRES_DB"):
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": env.text("POSTGRES_DB"),
            "USER": env.text("POSTGRES_USER"),
            "PASSWORD": env.text("POSTGRES_PASSWORD"),
            "HOST": env.text("POSTGRES_HOST"),
            "PORT": env.text("POSTGRES_PORT"),
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {
                "connect_timeout": 3,
                "options": "-c statement_timeout=5000 -c lock_timeout=2000",
            },
        }
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": env.text("SQLITE_PATH", str(BASE_DIR / "db.sqlite3")),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 5,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                    "PRAGMA foreign_keys=ON; PRAGMA cache_size=-32000;"
                ),
            },
        }
    }

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
LOGIN_URL = "admin:login"

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
MEDIA_URL = "media/"
MEDIA_ROOT = env.text("MEDIA_ROOT", str(BASE_DIR / "media"))

# --- charging -------------------------------------------------------------------------------

# Unknown charge points: open (a private peer is accepted, a public one waits for approval),
# approve (every one waits), closed (refused).
OCPP_UNKNOWN_CHARGERS = env.text("OCPP_UNKNOWN_CHARGERS", "open")
# New ids within an hour: of public addresses each and in all, and of private addresses in all.
OCPP_NEW_PER_ADDRESS_AN_HOUR = env.number("OCPP_NEW_PER_ADDRESS_AN_HOUR", 10)
OCPP_NEW_AN_HOUR = env.number("OCPP_NEW_AN_HOUR", 60)
OCPP_NEW_PRIVATE_AN_HOUR = env.number("OCPP_NEW_PRIVATE_AN_HOUR", 1000)
# Chargers that may wait for approval at once.
OCPP_UNAPPROVED = env.number("OCPP_UNAPPROVED", 200)
# Messages a second and in a burst from one charge point, beyond which it is read more slowly
# (0: no limit).
OCPP_MESSAGES_A_SECOND = env.number("OCPP_MESSAGES_A_SECOND", 5)
OCPP_MESSAGE_BURST = env.number("OCPP_MESSAGE_BURST", 300)
# Web pages whose scripts may open a charge point's address (values of the Origin header).
OCPP_ALLOWED_ORIGINS = env.words("OCPP_ALLOWED_ORIGINS")
OCPP_STRICT = env.flag("OCPP_STRICT", default=False)
OCPP_HEARTBEAT_INTERVAL_S = env.number("OCPP_HEARTBEAT_INTERVAL_S", 300)
OCPP_CALL_TIMEOUT_S = env.number("OCPP_CALL_TIMEOUT_S", 30)
