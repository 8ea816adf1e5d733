"""What every answer tells the browser, and to whom it may be shown."""

import pytest
from django.test import Client

from config.access import asking, people
from config.access.addresses import all_addresses

pytestmark = pytest.mark.django_db

EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def test_every_answer_has_them() -> None:
    keys = people.make()
    missing = []
    with asking.quiet():
        for address in all_addresses():
            for who in (people.VISITOR, "administrator"):
                response = asking.send(keys[who], "GET", address.path)
                asking.body(response)
                headers = response.headers
                missing += [
                    f"{address.route} {name}"
                    for name, value in EXPECTED.items()
                    if headers.get(name) != value
                ]
                policy = headers.get("Content-Security-Policy", "")
                if "'self'" not in policy or "frame-ancestors 'none'" not in policy:
                    missing.append(f"{address.route} Content-Security-Policy")
                if "camera=()" not in headers.get("Permissions-Policy", ""):
                    missing.append(f"{address.route} Permissions-Policy")
                missing += [f"{address.route} {n}" for n in headers if n.startswith("Access-Con")]
    assert missing == []


def test_no_other_site_reads_the_api(client: Client) -> None:
    """There is no CORS: a browser shows an answer to pages of this node only."""
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    for method in ("OPTIONS", "GET"):
        answer = client.generic(method, "/ocpp/chargers/", headers=headers)
        assert not any(name.lower().startswith("access-control") for name in answer.headers)
