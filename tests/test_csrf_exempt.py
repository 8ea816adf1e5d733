"""Which views Django does not protect against requests forged by other sites, and why."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

#: Exempt from Django's check, because a program has no cookie. What protects them instead:
EXEMPT = {
    # only read, and need no login
    "awg/calculate/",
    "subscriptions/products/",
    # a card reader has no session; the view refuses a request that comes from another site's page
    "accounts/rfid-login/",
    # `accounts.authentication` makes Django's check for sessions, and none for tokens
    "events/",
    "events/webhooks/",
    "events/webhooks/<int:number>/",
    "events/webhooks/<int:number>/deliveries/",
    "events/deliveries/<int:number>/replay/",
    "ocpp/bulk/",
    "ocpp/bulk/<int:number>/",
    "ocpp/chargers/",
    "ocpp/chargers/<path:cid>/",
    "ocpp/chargers/<path:cid>/action/",
    "ocpp/chargers/<path:cid>/commands/<int:number>/",
    "ocpp/unknown-tags/",
    "ocpp/unknown-tags/<int:number>/adopt/",
    "ocpp/unknown-tags/<int:number>/ignore/",
    "ocpp/reviews/",
    "ocpp/reviews/<int:number>/repair/",
    "ocpp/reviews/orphans/<int:number>/dismiss/",
    "ocpp/onboarding/",
    "ocpp/onboarding/<int:number>/",
    # the mesh token is no cookie; without one, under DEBUG, pages of other sites are refused
    "nodes/register/",
    "nodes/list/",
    "odoo/test/<int:number>/",
    "subscriptions/subscribe/",
    "subscriptions/list/",
    "subscriptions/<int:number>/cancel/",
    "mailer/templates/",
    "mailer/emails/",
    "mailer/emails/<int:number>/",
    "mailer/purge/",
    # a mail program unsubscribes its user with one click; the link is signed
    "mailer/unsubscribe/<str:token>/",
    "accounts/",
    "accounts/<int:number>/",
    "accounts/<int:number>/credits/",
    "accounts/<int:number>/statements/",
    "accounts/<int:number>/statements/<int:year>-<int:month>/",
    "accounts/cards/",
    "accounts/cards/<int:number>/",
    "accounts/cards/<int:number>/lost/",
    "accounts/credits/",
    "accounts/me/",
    "accounts/tokens/",
    "accounts/tokens/<int:number>/",
    "accounts/vehicles/",
    "accounts/vehicles/<int:number>/",
    "ocpp/anomalies/",
    "ocpp/commands/",
    "ocpp/configuration/",
    "ocpp/configuration/<int:number>/",
    "ocpp/connections/",
    "ocpp/connectors/",
    "ocpp/profiles/",
    "ocpp/profiles/<int:number>/",
    "ocpp/readings/",
    "ocpp/reservations/",
    "ocpp/reservations/<int:number>/",
    "ocpp/sessions/",
    "ocpp/sessions/<int:number>/",
    "ocpp/status-changes/",
    "ocpp/tariffs/",
    "ocpp/tariffs/<int:number>/",
    "ocpp/tariffs/<int:number>/versions/",
    # a charge point sends a file to a random, one-time address
    "ocpp/uploads/<str:token>",
    "ocpp/uploads/<str:token>/",
    "ocpp/uploads/<str:token>/<path:name>",
}


def _exempt(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _exempt(pattern.url_patterns, route)
        elif getattr(pattern.callback, "csrf_exempt", False):
            yield route


def test_no_view_is_exempt_that_is_not_listed_here() -> None:
    assert set(_exempt(get_resolver().url_patterns)) == EXEMPT
