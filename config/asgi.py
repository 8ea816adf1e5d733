"""ASGI entry point: pages over HTTP, charge points and the echo over WebSockets."""

import asyncio
import os
import sys

from config.env import load_env_files

load_env_files()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.core.asgi import get_asgi_application  # noqa: E402  (settings must be named first)

django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402  (needs the apps loaded)
from django.conf import settings  # noqa: E402

from chat import routing as chat_routing  # noqa: E402
from config.body_limit import BodyLimit  # noqa: E402
from config.lifespan import lifespan  # noqa: E402
from config.logging import for_websockets  # noqa: E402
from config.metrics import multiprocess  # noqa: E402
from config.websockets import but_not_charge_points  # noqa: E402
from events import live as events_live  # noqa: E402
from events import routing as events_routing  # noqa: E402
from events import running as events  # noqa: E402
from ocpp import routing as ocpp_routing  # noqa: E402
from ocpp.connection import serving  # noqa: E402

if "pytest" not in sys.modules:
    # Tests use the application within their own process, with a database that comes and goes.
    serving.start()
    events.start()


async def _share_metrics() -> None:
    multiprocess.start()


# With a supervisor, workers share what they count; without one nothing begins here.
lifespan.on_start("metrics", _share_metrics)
lifespan.on_stop("metrics", lambda: asyncio.to_thread(multiprocess.stop))

lifespan.on_stop("events", lambda: asyncio.to_thread(events.stop))
lifespan.on_stop("listeners", events_live.end)

# The longest that anybody sends is an upload of a charge point, and the form around it.
LONGEST_BODY = (settings.OCPP_UPLOAD_MAX_MB + 1) * 1_000_000

charge_points = for_websockets(ocpp_routing.websocket_urlpatterns)

# Order counts: a charge point may connect at any path, so its pattern comes last.
application = ProtocolTypeRouter(
    {
        "lifespan": lifespan,
        "http": BodyLimit(django_application, LONGEST_BODY),
        "websocket": URLRouter(
            for_websockets(chat_routing.websocket_urlpatterns)
            + but_not_charge_points(
                for_websockets(events_routing.websocket_urlpatterns), charge_points
            )
            + charge_points
        ),
    }
)
