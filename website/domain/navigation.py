"""The public pages of the enabled apps: what the navigation bar and the sitemap link.

An app says it itself, in its `AppConfig`:

    public_pages = [("awg:calculator", _("Cables"))]

each with the name of its URL, which takes no arguments, and what people call it.
"""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.urls import reverse


@dataclass(frozen=True)
class PublicPage:
    """A page that everybody may open."""

    app: str
    view_name: str
    #: Translated when it is shown.
    label: Any

    @property
    def url(self) -> str:
        """Its address on this site."""
        return reverse(self.view_name)


def public_pages() -> list[PublicPage]:
    """Those of all enabled apps: charging first, the documentation last, the others by name."""
    order = {"ocpp": 0, "readme": 2}
    labels = [label for label in settings.LOCAL_APPS if apps.is_installed(label)]
    return [
        PublicPage(label, view_name, title)
        for label in sorted(labels, key=lambda label: (order.get(label, 1), label))
        for view_name, title in getattr(apps.get_app_config(label), "public_pages", [])
    ]
