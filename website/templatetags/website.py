"""Template tags of the frame: `{% load website %}`."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from website import assets
from website.domain import navigation

register = template.Library()


@register.simple_tag(takes_context=True)
def asset(context: template.Context, name: str) -> SafeString:
    """The `<link>` or `<script>` for one of `website.assets.ASSETS`: `{% asset "bootstrap.js" %}`.

    From the CDN it comes with its hash, and with the address of the local copy, which `assets.js`
    takes when the CDN does not answer. A script from there holds up nothing, so it may run after
    all others.
    """
    wanted = assets.ASSETS[name]
    local = static(wanted.local)
    remote = assets.from_cdn(context.get("request"))
    attributes = (
        format_html(
            ' integrity="{}" crossorigin="anonymous" data-local="{}"', wanted.integrity, local
        )
        if remote
        else ""
    )
    markup = (
        '<link rel="stylesheet" href="{}"{}>'
        if wanted.is_style
        else '<script src="{}"{} {}></script>'
    )
    url = wanted.url if remote else local
    return format_html(markup, url, attributes, "async" if remote else "defer")


@register.simple_tag(takes_context=True)
def assets_from_cdn(context: template.Context) -> bool:
    """Whether this page names copies of a CDN."""
    return assets.from_cdn(context.get("request"))


@register.simple_tag(takes_context=True)
def public_pages(context: template.Context) -> list[dict[str, Any]]:
    """What the navigation bar links, each with whether the current page belongs to it."""
    request: HttpRequest | None = context.get("request")
    match = getattr(request, "resolver_match", None)
    current = match.app_names[0] if match is not None and match.app_names else ""
    return [
        {"url": page.url, "label": page.label, "current": page.app == current}
        for page in navigation.public_pages()
    ]
