"""WebSocket paths of charge points: any path, the last segment is the id (OCPP-J 1.6, 3.1.1)."""

from django.urls import re_path

from ocpp.connection.consumer import charge_point

# Django's type is for views over HTTP; Channels routes ASGI applications with it.
websocket_urlpatterns = [re_path(r"", charge_point)]  # type: ignore[arg-type]
