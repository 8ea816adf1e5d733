"""The project's URL table: each app's own `urls` under its prefix."""

from django.contrib import admin
from django.urls import include, path

from config.api import api

urlpatterns = [
    path("admin/", admin.site.urls),
    path("ocpp/", include("ocpp.urls")),
    path("accounts/", include("accounts.urls")),
    path("qrcodes/", include("qrcodes.urls")),
    path("awg/", include("awg.urls")),
    path("", api.urls),
    path("", include("website.urls")),
]
