"""The second factor of staff: set up with an authenticator, asked for at each login, taken off."""

import base64
import hashlib
import hmac
import re
import struct
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser import crawling
from tests.browser.conftest import DESKTOP, PHONE, Visit, Visitor
from tests.support.server import ServerProcess

PERSON = """
from accounts.models import User
User.objects.create_superuser({name!r}, password="secret")
"""
OPTIONS = {
    "desktop": {"viewport": DESKTOP, "locale": "en-US", "color_scheme": "light"},
    "phone": {"viewport": PHONE, "locale": "es-MX", "color_scheme": "dark"},
}
PAGE = "/accounts/me/second-factor/"


def code(secret: str, step: int) -> str:
    """What an authenticator shows in that step of 30 s (RFC 6238, RFC 4226)."""
    key = base64.b32decode(secret.replace(" ", "") + "=" * (-len(secret.replace(" ", "")) % 8))
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def now() -> int:
    return int(time.time()) // 30


def fits(visit: Visit, axe: str) -> None:
    """The page that is open fits the window, and everybody can use it."""
    assert visit.overflow() == 0
    assert visit.sticks_out() == []
    assert crawling.inaccessible(visit.page, axe) == []


def first_step(visit: Visit, door: str, name: str) -> Page:
    page = visit.open(door)
    page.fill("#id_username", name)
    page.fill("#id_password", "secret")
    page.locator("main button, #login-form [type=submit]").first.click()
    page.wait_for_url(re.compile("/accounts/login/code/"))
    return page


def forget(visit: Visit) -> None:
    """Another browser: what the last page still asks for brings no cookie back."""
    visit.page.goto("about:blank")
    visit.context.clear_cookies()


@pytest.mark.parametrize("way", OPTIONS)
def test_from_setting_it_up_to_turning_it_off(
    site: ServerProcess, visitor: Visitor, axe_script: str, way: str
) -> None:
    name = f"boss-{way}"
    site.shell(PERSON.format(name=name))
    visit = visitor(**OPTIONS[way])
    visit.log_in(name)
    page = visit.open(PAGE)
    fits(visit, axe_script)
    page.click("button[value=begin]")
    secret = page.locator("#secret").inner_text()
    expect(page.locator("svg.qr-code")).to_be_visible()
    fits(visit, axe_script)
    used = now()
    page.fill("main form input[type=text], main form input[inputmode]", code(secret, used))
    page.click("button[value=confirm]")
    shown = page.locator("#recovery-codes code")
    expect(shown).to_have_count(10)
    recovery = shown.all_inner_texts()
    assert len(set(recovery)) == 10
    fits(visit, axe_script)

    # The password alone opens nothing, at neither door.
    forget(visit)
    page = first_step(visit, "/login/", name)
    fits(visit, axe_script)
    visit.open(PAGE)
    expect(page).to_have_url(re.compile("/login/"))
    page = first_step(visit, "/login/", name)
    # The code that has been used is used up; the next one is good already.
    page.fill("main form input:not([type=hidden])", code(secret, used + 1))
    page.click("main form button")
    page.wait_for_url(re.compile("/admin/"))

    forget(visit)
    page = first_step(visit, "/admin/login/?next=/admin/", name)
    page.fill("main form input:not([type=hidden])", recovery[0])
    page.click("main form button")
    page.wait_for_url(re.compile("/admin/"))

    page = visit.open(PAGE)
    page.fill("main input[type=password]", "secret")
    page.click("button[value=off]")
    expect(page.locator("button[value=begin]")).to_be_visible()
    forget(visit)
    visit.log_in(name)
