"""Believes that a request came over HTTPS only when a configured proxy says so."""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase

from accounts.domain.addresses import is_trusted_proxy

#: What `SECURE_PROXY_SSL_HEADER` reads when `TRUSTED_PROXIES` is set.
PROTOCOL_HEADER = "HTTP_X_FORWARDED_PROTO"


class ProxyProtocolMiddleware:
    """Removes the header with the forwarded protocol from requests of anybody else.

    Stands before Django's SecurityMiddleware, the first one to ask `request.is_secure()`.
    """

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if PROTOCOL_HEADER in request.META and not is_trusted_proxy(
            request.META.get("REMOTE_ADDR", "")
        ):
            del request.META[PROTOCOL_HEADER]
        response: HttpResponseBase | Awaitable[HttpResponseBase] = self.get_response(request)
        return response
