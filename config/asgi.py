"""ASGI entry point: pages over HTTP, charge points and the echo over WebSockets."""

import os

from config.env import load_env_files

load_env_files()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.core.asgi import get_asgi_application  # noqa: E402  (settings must be named first)

django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402  (needs the apps loaded)

from chat import routing as chat_routing  # noqa: E402
from config.logging import for_websockets  # noqa: E402
from ocpp import routing as ocpp_routing  # noqa: E402
from ocpp.connection.relay import reset_presence  # noqa: E402

reset_presence()

# Order counts: a charge point may connect at any path, so its pattern comes last.
application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": URLRouter(
            for_websockets(chat_routing.websocket_urlpatterns + ocpp_routing.websocket_urlpatterns)
        ),
    }
)
