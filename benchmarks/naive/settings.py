"""Settings of the naive server."""

from config import databases

SECRET_KEY = "only-for-benchmarks"  # noqa: S105  (it signs nothing)
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["channels", "benchmarks.naive"]
#: Connections stay open, without which it would open one for each message.
DATABASES = {"default": databases.from_environment() | {"CONN_MAX_AGE": None}}
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
