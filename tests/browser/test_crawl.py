"""Every page, as each kind of person sees it: nothing fails, nothing runs that a charger sent.

Short in the suite: each person looks at all pages on a phone in Spanish by night, and all but staff
at a desk in English by day. `CRAWL=long` looks at them in all eight ways. On PostgreSQL the pages
are the same: there staff only see that each can be had, for what an admin page asks may fail on one
database alone.
"""

import os
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from tests.browser import crawling
from tests.browser.conftest import DESKTOP, PHONE, Visit, Visitor
from tests.support.fixtures import KINDS
from tests.support.server import ServerProcess
from tests.support.wire import connected

#: On this database how pages look is judged; it is the same on the other.
JUDGED = KINDS[0] == "sqlite"
PLAIN = ("CP1", "CP2")
NETWORK = """
from django.core.management import call_command
from accounts.domain import tokens
from accounts.models import User, RFID
call_command("demo", days=2, chargers=3, verbosity=0)
driver = User.objects.get(username="demo")
driver.set_password("secret")
driver.save()
tokens.create(driver, "home")
"""
#: Somebody whose password alone opens nothing.
CAREFUL = """
from django.utils import timezone
from accounts.domain import second_factor
from accounts.models import User
careful = User.objects.create_superuser("careful", password="secret")
second_factor.begin(careful)
User.objects.filter(pk=careful.pk).update(second_factor_since=timezone.now())
"""
#: A charge point tells what it likes, and staff have written as badly.
POISONED = """
from accounts.models import User, RFID, Vehicle
from ocpp.models import *
bad = {poison!r}
User.objects.filter(username="demo01").update(first_name=bad[:150], last_name=bad[:150])
Vehicle.objects.update(brand=bad[:60], model=bad[:60])
RFID.objects.filter(allowed=False).update(block_reason=bad)
Charger.objects.filter(charger_id="CP1").update(name=bad)
ChargerGroup.objects.create(name=bad[:60]).chargers.add(Charger.objects.get(charger_id="CP1"))
"""
IDENTITIES = """
from ocpp.models import Charger
answer(list(Charger.objects.values_list("charger_id", flat=True)))
"""
SEEDS = {
    "visitor": ["/", "/login/", "/ocpp/", "/ocpp/c/CP1/", "/awg/"],
    "demo": ["/", "/ocpp/", "/ocpp/c/CP1/", "/ocpp/c/MTY-01/", "/ocpp/statements/", "/awg/"],
    "boss": ["/", "/ocpp/", "/ocpp/c/CP1/", "/ocpp/log/CP1/", "/ocpp/log/MTY-01/", "/admin/"],
}
MOST = {"visitor": 60, "demo": 80, "boss": 400}
WAYS: list[tuple[dict[str, int], str, Any]] = list(
    product((PHONE, DESKTOP), ("es-MX", "en-US"), ("dark", "light"))
)
LONG = os.environ.get("CRAWL") == "long"
NIGHT, DAY = (PHONE, "es-MX", "dark"), (DESKTOP, "en-US", "light")
#: Staff have most of the pages: in the suite they look at them by night only.
CASES = [
    (person, *way)
    for person in SEEDS
    for way in (WAYS if LONG else (NIGHT,) if person == "boss" else (NIGHT, DAY))
    if JUDGED or (person, *way) == ("boss", *NIGHT)
]


@pytest.fixture(scope="module")
def network(site: ServerProcess) -> Iterator[list[str]]:
    """A made-up network, and two chargers that are connected; returns the identities of all."""
    site.shell(NETWORK)
    poison = crawling.POISON
    with (
        connected(f"{site.ws_url}/ws/ocpp", "CP1") as bad,
        connected(f"{site.ws_url}/ws/ocpp", "CP2") as good,
    ):
        for wire, text in ((bad, poison), (good, "plain")):
            boot = {
                name: text[:length]
                for name, length in (
                    *(("chargePointVendor", 20), ("chargePointModel", 20)),
                    *(("chargePointSerialNumber", 25), ("firmwareVersion", 50)),
                    *(("iccid", 20), ("imsi", 20), ("meterType", 25), ("meterSerialNumber", 25)),
                )
            }
            assert wire.call("BootNotification", boot)[0] == 3
            for connector in (1, 2):
                status = {
                    "connectorId": connector,
                    "status": "Charging",
                    "errorCode": "OtherError",
                    "info": text[:50],
                    "vendorId": text[:255],
                    "vendorErrorCode": text[:50],
                }
                assert wire.call("StatusNotification", status)[0] == 3
            tag = text[:20]
            assert wire.call("Authorize", {"idTag": tag})[0] == 3
            start = {
                "connectorId": 1,
                "idTag": tag,
                "meterStart": 0,
                "timestamp": "2026-03-01T12:00:00Z",
            }
            assert wire.call("StartTransaction", start)[0] == 3
            value = {"value": "17", "unit": "Wh", "context": "Sample.Periodic"}
            moment = {"timestamp": "2026-03-01T12:05:00Z", "sampledValue": [value]}
            wire.call("MeterValues", {"connectorId": 1, "meterValue": [moment]})
            odd = {"value": text, "measurand": text, "unit": text, "phase": text}
            moment = {"timestamp": text, "sampledValue": [odd]}
            wire.call("MeterValues", {"connectorId": 1, "meterValue": [moment]})
            wire.call("DataTransfer", {"vendorId": text, "messageId": text[:50], "data": text})
            wire.call("SecurityEventNotification", {"type": text[:50], "timestamp": text})
            wire.call("StopTransaction", {"transactionId": 0, "meterStop": 9, "timestamp": text})
            wire.call(text, {"text": text})
        site.shell(POISONED.format(poison=poison))
        yield [*PLAIN, *site.shell(IDENTITIES)]


def look(crawl: crawling.Crawl, visit: Visit, path: str, english: set[str], axe: str) -> None:
    """How the page looks, how it reads, and who can use it."""
    page = visit.page
    if visit.overflow() > 0:
        crawl.tell(path, f"{visit.overflow()} px too wide: {visit.sticks_out()[:3]}")
    for text in crawling.cut(page):
        crawl.tell(path, f"cut off: {text}")
    for text in crawling.untranslated(page, english):
        crawl.tell(path, f"not translated: {text}")
    for text in crawling.inaccessible(page, axe):
        crawl.tell(path, text)


@pytest.mark.parametrize(
    ("person", "width", "language", "theme"),
    CASES,
    ids=lambda value: str(value["width"]) if isinstance(value, dict) else str(value),
)
def test_every_page(
    visitor: Visitor,
    network: list[str],
    axe_script: str,
    person: str,
    width: dict[str, int],
    language: str,
    theme: str,
) -> None:
    visit = visitor(viewport=width, locale=language, color_scheme=theme)
    if person != "visitor":
        visit.log_in(person)
    crawl = crawling.Crawl(visit, network)
    english = crawling.english() if language == "es-MX" else set()
    for path, page in crawl.run(SEEDS[person], MOST[person]):
        if page.evaluate("window.poisoned"):
            crawl.tell(path, "a script that came from outside has run")
        if JUDGED:
            look(crawl, visit, path, english, axe_script)
        for problem in visit.problems:
            crawl.tell(path, problem)
        visit.problems.clear()
    assert len(crawl.seen) > len(SEEDS[person])
    wrong = crawl.wrong()
    assert not wrong, f"{len(crawl.seen)} pages\n{wrong}"


# --- pages that no link leads to -----------------------------------------------------------------

LOOKS = pytest.mark.parametrize(
    ("width", "language", "theme"),
    WAYS if LONG else (NIGHT, DAY),
    ids=lambda value: str(value["width"]) if isinstance(value, dict) else str(value),
)
ON_ONE = pytest.mark.skipif(not JUDGED, reason="it looks the same on both databases")


class Looks:
    """Judges pages that are open, each by a name of its own."""

    def __init__(self, visit: Visit, language: str, axe: str) -> None:
        self._visit, self._axe = visit, axe
        self._english = crawling.english() if language == "es-MX" else set()
        self._crawl = crawling.Crawl(visit, ())

    def at(self, name: str) -> None:
        """Look at what is open."""
        self._crawl.seen[name] = []
        look(self._crawl, self._visit, name, self._english, self._axe)

    def end(self) -> None:
        """All of them were as they should be."""
        assert len(self._crawl.seen) > 1
        assert self._crawl.wrong() == ""


@pytest.fixture(scope="module")
def careful(site: ServerProcess) -> None:
    """A superuser with a second factor."""
    site.shell(CAREFUL)


@ON_ONE
@LOOKS
def test_the_second_step_of_a_login(
    visitor: Visitor,
    careful: None,
    axe_script: str,
    width: dict[str, int],
    language: str,
    theme: str,
) -> None:
    visit = visitor(viewport=width, locale=language, color_scheme=theme)
    page = visit.open("/login/")
    page.fill("#id_username", "careful")
    page.fill("#id_password", "secret")
    page.click("main button")
    page.wait_for_url(re.compile("/accounts/login/code/"))
    looks = Looks(visit, language, axe_script)
    looks.at("the form")
    page.fill("#id_code", "nothing like a code")
    page.click("main button")
    page.wait_for_selector(".invalid-feedback, .alert")
    looks.at("a wrong code")
    looks.end()


@ON_ONE
@LOOKS
def test_the_question_before_a_deed(
    visitor: Visitor,
    network: list[str],
    axe_script: str,
    width: dict[str, int],
    language: str,
    theme: str,
) -> None:
    visit = visitor(viewport=width, locale=language, color_scheme=theme)
    visit.log_in("boss")
    looks = Looks(visit, language, axe_script)
    for place, action in (("accounts/rfid", "block"), ("ocpp/charger", "reset_hard")):
        page = visit.open(f"/admin/{place}/")
        page.locator("#result_list input.action-select").first.check()
        page.locator("select[name=action]").select_option(action)
        page.locator("#changelist-form button[name=index]").first.click()
        page.wait_for_selector(".submit-row .closelink")
        looks.at(action)
        page.click(".submit-row .closelink")
        page.wait_for_url(re.compile(f"/admin/{place}/$"))
    looks.end()
