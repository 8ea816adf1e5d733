"""URLs of the pages under `/ocpp/`. The REST paths beside them are mounted by `config.api`."""

from django.urls import path

from ocpp.web.dashboard import dashboard
from ocpp.web.landing import landing
from ocpp.web.log import log

app_name = "ocpp"

# An id may hold a slash: a charge point that sends `a%2Fb` is the charger `a/b`.
urlpatterns = [
    path("", dashboard, name="dashboard"),
    path("log/<path:cid>/", log, name="log"),
    path("c/<path:cid>/", landing, name="landing"),
]
