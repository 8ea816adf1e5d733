"""WebSocket paths: that of open pages, and any other path for charge points.

The last segment is the charge point's id (OCPP-J 1.6, 3.1.1).
"""

from django.urls import re_path

from ocpp.connection.consumer import charge_point
from ocpp.connection.live import live

# Django's type is for views over HTTP; Channels routes ASGI applications with it.
websocket_urlpatterns = [
    re_path(r"^ws/live/?$", live, name="live"),  # type: ignore[arg-type]
    re_path(r"", charge_point),  # type: ignore[arg-type]
]
