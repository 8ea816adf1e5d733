"""Bootstrap from the CDN, and from the node where the CDN is out of reach."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.support.fixtures import KINDS, template_of
from tests.support.server import ServerProcess
from website.assets import ASSETS, CDN

#: What shows that styles, icons and script are there.
LOOK = """() => ({
  bar: getComputedStyle(document.querySelector(".navbar")).display,
  button: getComputedStyle(document.querySelector("main button")).backgroundColor,
  icon: getComputedStyle(document.querySelector(".bi"), "::before").fontFamily,
  script: typeof window.bootstrap,
})"""
THERE = "() => typeof window.bootstrap === 'object' && document.styleSheets.length >= 3"
STYLED = "() => getComputedStyle(document.querySelector('.navbar')).display === 'flex'"
FILES = {asset.url: asset for asset in ASSETS.values()}
#: Pixels that may be others in two pictures of a page: an icon that is missing has more.
MOST_OTHERS = 30


@pytest.fixture(scope="module")
def with_cdn(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    """A server whose pages name the CDN."""
    folder = tmp_path_factory.mktemp("cdn")
    database = template_of(KINDS[0], request.config, tmp_path_factory).copy_of_template()
    environment = {"SECURE_COOKIES": "0", "ASSETS_CDN": "1"}
    server = ServerProcess(database, folder, environment=environment)
    with server:
        yield server
    database.drop()


@pytest.fixture
def look(
    with_cdn: ServerProcess, browser: Browser
) -> Iterator[Callable[..., tuple[dict[str, Any], list[str]]]]:
    """Opens the login page twice where the CDN is as `answer` says: what the first looks like, and
    what the second asked of the CDN."""
    contexts: list[BrowserContext] = []

    def opened(
        answer: Callable[[Route], None], until: str = THERE
    ) -> tuple[dict[str, Any], list[str]]:
        context = browser.new_context(reduced_motion="reduce")
        contexts.append(context)
        context.route(f"{CDN}**", answer)
        page = context.new_page()
        page.goto(with_cdn.url + "/login/", wait_until="domcontentloaded")
        page.wait_for_function(until, timeout=20_000)
        seen = dict(page.evaluate(LOOK))
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.reload(wait_until="domcontentloaded")
        page.wait_for_function(THERE, timeout=20_000)
        return seen, [url for url in asked if url.startswith(CDN)]

    yield opened
    for context in contexts:
        context.close()


def real(server: ServerProcess) -> Callable[[Route], None]:
    """A CDN that gives the files: they are those of the node."""

    def answer(route: Route) -> None:
        asset = FILES.get(route.request.url)
        remote = route.request.url.partition("bootstrap-icons@1.11.3/")[2]
        local = asset.local if asset else f"bootstrap-icons/{remote}"
        given = route.fetch(url=f"{server.url}/static/{local}")
        headers = {**given.headers, "access-control-allow-origin": "*"}
        route.fulfill(response=given, headers=headers)

    return answer


def changed(route: Route) -> None:
    """A CDN that gives something else."""
    route.fulfill(
        body="window.evil = true; body {}",
        content_type="text/css" if route.request.url.endswith(".css") else "text/javascript",
        headers={"access-control-allow-origin": "*"},
    )


def test_the_site_looks_the_same_whatever_the_cdn_does(
    with_cdn: ServerProcess, look: Callable[..., tuple[dict[str, Any], list[str]]]
) -> None:
    usual, asked = look(real(with_cdn))
    assert usual["bar"] == "flex"
    assert "bootstrap-icons" in usual["icon"]
    assert usual["script"] == "object"
    assert set(FILES) <= set(asked)
    for answer in (lambda route: route.abort("internetdisconnected"), changed):
        seen, asked = look(answer)
        assert seen == usual
        assert asked == []


def test_a_silent_cdn_keeps_nobody_waiting(
    look: Callable[..., tuple[dict[str, Any], list[str]]],
) -> None:
    """The styles are there after 2.5 s; the next page does not ask, and has its script too."""
    _, asked = look(lambda route: None, until=STYLED)
    assert asked == []


def picture(page: Page, address: str) -> Image.Image:
    """A page as it looks when all of it is there."""
    page.goto(address)
    page.wait_for_function(THERE, timeout=20_000)
    page.evaluate("document.fonts.ready")
    return Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")


def others(one: Image.Image, two: Image.Image) -> int:
    """How many pixels differ by more than edges do that are smoothed a little differently."""
    difference = ImageChops.difference(one, two).convert("L")
    return sum(difference.histogram()[32:])


def test_pages_look_the_same_without_the_cdn(with_cdn: ServerProcess, browser: Browser) -> None:
    pages = []
    contexts = []
    for answer in (real(with_cdn), lambda route: route.abort("internetdisconnected")):
        context = browser.new_context(
            viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
        )
        context.route(f"{CDN}**", answer)
        contexts.append(context)
        pages.append(context.new_page())
    for path in ("/login/", "/ocpp/", "/awg/", "/sitemap/", "/readme/docs/map.md", "/nowhere/"):
        usual, without = (picture(page, with_cdn.url + path) for page in pages)
        assert usual.size == without.size
        # A page, and not two that are white.
        assert len(usual.getcolors(1 << 24) or ()) > 20, path
        assert others(usual, without) <= MOST_OTHERS, path
    for context in contexts:
        context.close()
