"""The project's URL table: each app's own `urls` under its prefix."""

from django.contrib import admin
from django.urls import include, path

from config import health
from config.api import api
from config.metrics.views import metrics

urlpatterns = [
    path("admin/", admin.site.urls),
    path("ocpp/", include("ocpp.urls")),
    path("accounts/", include("accounts.urls")),
    path("qrcodes/", include("qrcodes.urls")),
    path("awg/", include("awg.urls")),
    # `/health/live` is answered before Django looks for an address: `config.probes`.
    path("health/ready", health.ready),
    path("metrics", metrics),
    path("", api.urls),
    path("", include("website.urls")),
]
