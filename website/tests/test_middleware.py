"""The policy on every response, whichever way it is made."""

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse

from website.middleware import HEADER, POLICY, ContentSecurityPolicyMiddleware


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


async def asynchronous(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def test_a_response_gets_the_policy() -> None:
    middleware = ContentSecurityPolicyMiddleware(plain)
    response = middleware(HttpRequest())
    assert isinstance(response, HttpResponse)
    assert response[HEADER] == POLICY
    assert not iscoroutinefunction(middleware)


async def test_an_asynchronous_one_gets_it_too() -> None:
    middleware = ContentSecurityPolicyMiddleware(asynchronous)
    assert iscoroutinefunction(middleware)
    response = middleware(HttpRequest())
    assert not isinstance(response, HttpResponse)
    assert (await response).headers[HEADER] == POLICY


def test_a_view_may_have_a_policy_of_its_own() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={HEADER: "default-src *"})

    response = ContentSecurityPolicyMiddleware(view)(HttpRequest())
    assert isinstance(response, HttpResponse)
    assert response[HEADER] == "default-src *"
