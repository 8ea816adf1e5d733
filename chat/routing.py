"""WebSocket paths of this app; they stand before those of `ocpp`, which takes any path."""

from django.urls import re_path

from chat.consumers import echo

# Django's patterns are typed for views; Channels routes ASGI applications with them.
websocket_urlpatterns = [re_path(r"^ws/echo/?$", echo, name="echo")]  # type: ignore[arg-type]
