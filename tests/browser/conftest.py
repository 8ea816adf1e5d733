"""A real browser in front of the real server.

Everything here ends with the module that uses it: while Playwright is open an event loop counts
as running in this thread, and Django would refuse to use its database in it.
"""

import base64
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from tests.support.fixtures import KINDS, template_of
from tests.support.server import ServerProcess
from tests.support.services import need

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TILES = "https://tile.openstreetmap.org/**"
TILE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}

#: Elements that are shown, wider than the window, and in no box that scrolls sideways.
STICKS_OUT = """() => {
  const scrolls = box => ["auto", "scroll"].includes(getComputedStyle(box).overflowX);
  const inBox = element => {
    for (let box = element.parentElement; box && box !== document.body; box = box.parentElement) {
      const edge = box.getBoundingClientRect().right;
      if (scrolls(box) && edge <= window.innerWidth + 1) return true;
    }
    return false;
  };
  return [...document.querySelectorAll("main *")]
    .filter(element => element.checkVisibility({visibilityProperty: true}))
    .filter(element => element.getBoundingClientRect().right > window.innerWidth + 1)
    .filter(element => element.getBoundingClientRect().width > 1 && !inBox(element))
    .map(element => `${element.tagName}.${element.className} ${element.textContent.slice(0, 40)}`);
}"""

USERS = """
from accounts.models import User
User.objects.create_superuser("boss", password="secret")
User.objects.create_user("driver", password="secret")
"""


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    """A running server with the users `boss` (superuser) and `driver`, both with `secret`."""
    need("chromium")
    folder = tmp_path_factory.mktemp("site")
    database = template_of(KINDS[0], request.config, tmp_path_factory).copy_of_template()
    # Tiles are asked for, and answered by the visitor's browser.
    environment = {
        "SECURE_COOKIES": "0",
        "MAP_TILES": "https://tile.openstreetmap.org/{z}/{x}/{y}.png",
    }
    server = ServerProcess(database, folder, environment=environment)
    server.environment["SITE_URL"] = server.url
    try:
        server.shell(USERS)
        with server:
            yield server
        assert "Traceback" not in server.output()
    finally:
        database.drop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    need("chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """A visitor's browser, which notes everything that goes wrong in it."""

    site: ServerProcess
    context: BrowserContext
    page: Page
    problems: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a page of the site."""
        self.page.goto(self.site.url + path)
        return self.page

    def log_in(self, name: str) -> None:
        """Log in at the login page."""
        self.open("/login/")
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", "secret")
        self.page.click("main button")
        self.page.wait_for_url(lambda url: "/login/" not in url)

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window, once its styles are there."""
        self.page.wait_for_load_state("load")
        script = "document.documentElement.scrollWidth - window.innerWidth"
        return int(self.page.evaluate(script))

    def sticks_out(self) -> list[str]:
        """What reaches beyond the right edge of the window, in no box that scrolls."""
        self.page.wait_for_load_state("load")
        return list(self.page.evaluate(STICKS_OUT))


Visitor = Callable[..., Visit]


@pytest.fixture
def visitor(site: ServerProcess, browser: Browser, tmp_path: Path) -> Iterator[Visitor]:
    """Makes visitors; at the end none of them may have met an error or a foreign address."""
    visits: list[Visit] = []

    def make(*, tiles: bool = True, **options: Any) -> Visit:
        context = browser.new_context(
            **{"viewport": DESKTOP, "locale": "en-US", "color_scheme": "light", **options}
        )
        visit = Visit(site, context, context.new_page())
        visits.append(visit)

        def tile(route: Route) -> None:
            if tiles:
                route.fulfill(body=TILE, content_type="image/png")
            else:
                route.abort("internetdisconnected")

        def asked(url: str) -> None:
            if not url.startswith((site.url, "https://tile.openstreetmap.org/", "data:")):
                visit.problems.append(f"asked {url}")

        def said(kind: str, text: str, where: str) -> None:
            missing_tile = not tiles and "tile.openstreetmap.org" in where
            if kind in ("error", "warning") and not missing_tile:
                visit.problems.append(f"{kind}: {text} ({where})")

        context.route(TILES, tile)
        context.on("request", lambda request: asked(request.url))
        context.on(
            "console",
            lambda message: said(message.type, message.text, message.location["url"]),
        )
        context.on("weberror", lambda error: visit.problems.append(str(error.error)))
        return visit

    yield make
    problems = [problem for visit in visits for problem in visit.problems]
    for visit in visits:
        visit.context.close()
    assert problems == []
