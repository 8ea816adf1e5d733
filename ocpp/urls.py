"""URLs of the pages under `/ocpp/`. The REST paths beside them are mounted by `config.api`."""

from django.urls import path

from ocpp.web.authority import authority, crl
from ocpp.web.charger import charger, charger_part
from ocpp.web.charger_commands import charger_command
from ocpp.web.dashboard import dashboard, listed, network_map, rows, tiles
from ocpp.web.firmware import firmware
from ocpp.web.labels import label_code, labels, labels_pdf
from ocpp.web.landing import landing, landing_notice, landing_now, start, stop
from ocpp.web.log import log
from ocpp.web.me import me, me_history, me_now
from ocpp.web.statements import statement, statements
from ocpp.web.upload import upload

app_name = "ocpp"

# An id may hold a slash: a charge point that sends `a%2Fb` is the charger `a/b`.
urlpatterns = [
    path("", dashboard, name="dashboard"),
    path("rows/", rows, name="rows"),
    path("listed/", listed, name="listed"),
    path("tiles/", tiles, name="tiles"),
    path("map/", network_map, name="map"),
    path("log/<path:cid>/", log, name="log"),
    path("c/<path:cid>/", landing, name="landing"),
    # What an id may end with stands before it.
    path("now/<path:cid>/", landing_now, name="landing-now"),
    path("notice/<path:cid>/", landing_notice, name="landing-notice"),
    path("start/<path:cid>/", start, name="start"),
    path("stop/<int:number>/", stop, name="stop"),
    path("me/", me, name="me"),
    path("me/now/", me_now, name="me-now"),
    path("me/history/", me_history, name="me-history"),
    path("charger/<path:cid>/", charger, name="charger"),
    path("charger-part/<str:part>/<path:cid>/", charger_part, name="charger-part"),
    path("charger-command/<path:cid>/", charger_command, name="charger-command"),
    path("labels/", labels, name="labels"),
    path("labels.pdf", labels_pdf, name="labels-pdf"),
    path("labels/code/<path:cid>.png", label_code, {"form": "png"}, name="label-png"),
    path("labels/code/<path:cid>.svg", label_code, {"form": "svg"}, name="label-svg"),
    path("statements/", statements, name="statements"),
    path("statements/<int:account>/<int:year>-<int:month>/", statement, name="statement"),
    path("authority.pem", authority, name="authority"),
    path("authority/<int:number>.crl", crl, {"form": "crl"}, name="authority-crl"),
    path("authority/<int:number>.crl.pem", crl, {"form": "crl.pem"}, name="authority-crl-pem"),
    path("firmware/<str:token>/<path:name>", firmware, name="firmware"),
    # A charge point adds the file's name to the folder that it is given, or forgets it, or the
    # slash before it.
    path("uploads/<str:token>/", upload, name="upload"),
    path("uploads/<str:token>", upload),
    path("uploads/<str:token>/<path:name>", upload),
]
