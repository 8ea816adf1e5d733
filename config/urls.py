"""The project's URL table: each app's own `urls` under its prefix.

On the domain of an app (`config.sites`) the app's own URLs stand at the root as well. Addresses
that are written down, such as those in QR codes, keep their prefix: it works on every domain.
"""

from functools import cache
from importlib.util import find_spec
from types import ModuleType

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from config import health
from config.api import api
from config.metrics.views import metrics

everywhere: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("ocpp/", include("ocpp.urls")),
    path("accounts/me/notifications/", include("notifications.urls")),
    path("accounts/", include("accounts.urls")),
    path("qrcodes/", include("qrcodes.urls")),
    path("awg/", include("awg.urls")),
    path("nodes/", include("nodes.urls")),
    path("subscriptions/", include("subscriptions.urls")),
    path("mailer/", include("mailer.urls")),
    path("readme/", include("readme.urls")),
    # `/health/live` is answered before Django looks for an address: `config.probes`.
    path("health/ready", health.ready),
    path("metrics", metrics),
    path("", api.urls),
]
urlpatterns = [*everywhere, path("", include("website.urls"))]

handler400 = "website.views.bad_request"
handler403 = "website.views.permission_denied"
handler404 = "website.views.page_not_found"
handler500 = "website.views.server_error"


@cache
def of_app(label: str) -> ModuleType:
    """The URL table of a domain that serves the app `label`: its URLs at the root too.

    The site's own first page comes after them, for apps that have none.
    """
    table = ModuleType(f"config.urls.{label}", f"The URL table of the domain of `{label}`.")
    own = [path("", include(f"{label}.urls"))] if find_spec(f"{label}.urls") else []
    table.urlpatterns = [*everywhere, *own, path("", include("website.urls"))]  # type: ignore[attr-defined]
    for name in ("handler400", "handler403", "handler404", "handler500"):
        setattr(table, name, globals()[name])
    return table
