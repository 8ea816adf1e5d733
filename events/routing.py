"""The WebSocket path of the live events."""

from django.urls import re_path

from events.live import events

# Django's type is for views over HTTP; Channels routes ASGI applications with it.
websocket_urlpatterns = [
    re_path(r"^ws/events/?$", events, name="events"),  # type: ignore[arg-type]
]
