"""Where people reach this node."""

from collections.abc import Iterator

import pytest
from django.contrib.sites.models import Site
from pytest_django import Settings

from mailer.domain import links

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site() -> Iterator[None]:
    Site.objects.update_or_create(pk=1, defaults={"domain": "node.example", "name": "website"})
    Site.objects.clear_cache()
    yield
    Site.objects.clear_cache()


def test_the_site_gives_the_domain(settings: Settings) -> None:
    settings.SITE_URL = ""
    settings.SECURE_SSL_REDIRECT = False
    assert links.site_url() == "http://node.example"
    settings.SECURE_SSL_REDIRECT = True
    assert links.site_url() == "https://node.example"


def test_site_url_wins(settings: Settings) -> None:
    settings.SITE_URL = "https://charge.example:8443"
    assert links.site_url() == "https://charge.example:8443"
