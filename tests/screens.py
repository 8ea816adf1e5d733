"""Pictures of the pages for `docs/screens`: `python -m tests.screens [word]`.

A node of its own is filled by `manage.py demo`, its chargers are connected by simulators, and a
real browser looks at the pages. Needs Chromium. With a word only pictures whose name has it are
made again. Times and ids of tags differ from one time to the next.
"""

import argparse
import asyncio
import io
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from ocpp.simulator import ChargePointSimulator, SimulatorConfig
from tests.browser.conftest import ARGUMENTS, DESKTOP, PHONE, TILES
from tests.support.databases import SqliteDatabase
from tests.support.server import ROOT, ServerProcess

FOLDER = ROOT / "docs" / "screens"
PEOPLE = """
from accounts.models import User
User.objects.create_superuser("boss", password="secret", first_name="Elena")
driver = User.objects.get(username="demo")
driver.set_password("secret")
driver.save()
"""
DAYS = 21
FACTS = """
from accounts.models import RFID
from ocpp.models import Charger
tags = RFID.objects.filter(user__isnull=False, allowed=True).order_by("user__username")
answer([
    list(Charger.objects.order_by("charger_id").values_list("charger_id", flat=True)),
    list(tags.values_list("rfid", flat=True)),
])
"""
#: Every second charger charges; the last of all stays away, as some do.
POWER_KW = (7.2, 10.8, 48.5)


class Picture(NamedTuple):
    """A page, who looks at it, and how."""

    name: str
    path: str
    person: str = "boss"
    phone: bool = False
    dark: bool = False
    language: str = "es-MX"
    #: All of it, not only what the window shows.
    whole: bool = False


PICTURES = (
    Picture("dashboard", "/ocpp/"),
    Picture("dashboard-dark-phone", "/ocpp/", phone=True, dark=True),
    Picture("charger", "/ocpp/charger/MTY-03/", whole=True),
    Picture("log", "/ocpp/log/MTY-03/", language="en-US"),
    Picture("landing-phone", "/ocpp/c/MTY-03/", person="", phone=True),
    Picture("account-phone", "/ocpp/me/", person="demo", phone=True, dark=True),
    Picture("statements", "/ocpp/statements/", person="demo"),
    Picture("admin", "/admin/", language="en-US"),
    Picture("sessions", "/admin/ocpp/transaction/"),
    Picture("review", "/admin/ocpp/review/", language="en-US"),
    Picture("status", "/admin/ocpp/serverprocess/", dark=True),
    Picture("cables", "/awg/", person="", language="en-US"),
    Picture("labels", "/ocpp/labels/"),
)


@contextmanager
def connected(server: ServerProcess, chargers: list[str], tags: list[str]) -> Iterator[None]:
    """All chargers but the last on the wire; every second one charges with a driver's card."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runs = []
    for number, charger in enumerate(chargers[:-1]):
        config = SimulatorConfig(
            ws_port=server.port,
            cp_path=f"ws/ocpp/{charger}",
            rfid=tags[number % len(tags)],
            # Ten minutes, so that they still charge in the last picture.
            duration_s=12_000,
            interval_s=20,
            power_kw=POWER_KW[number % len(POWER_KW)],
            time_scale=20,
            autostart=number % 2 == 0,
        )
        runs.append(asyncio.run_coroutine_threadsafe(ChargePointSimulator(config).run(), loop))
    try:
        yield
    finally:
        for run in runs:
            run.cancel()
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.2), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def take(browser: Browser, server: ServerProcess, picture: Picture) -> None:
    """Make one picture."""
    viewport: Any = PHONE if picture.phone else DESKTOP
    context = browser.new_context(
        viewport=viewport,
        locale=picture.language,
        color_scheme="dark" if picture.dark else "light",
        reduced_motion="reduce",
    )
    # A map without tiles: a picture must not need the internet.
    context.route(TILES, lambda route: route.abort())
    page = context.new_page()
    if picture.person:
        _log_in(page, server.url, picture.person)
    answer = page.goto(server.url + picture.path)
    if answer is None or not answer.ok:
        status = answer.status if answer else "nothing"
        raise SystemExit(f"{picture.path} answered {status}: no picture was made of it.")
    page.wait_for_load_state("networkidle") if not _is_live(page) else page.wait_for_timeout(1_500)
    _store(page.screenshot(full_page=picture.whole), FOLDER / f"{picture.name}.png")
    context.close()


def _is_live(page: Page) -> bool:
    return bool(page.locator("[data-live-src], [data-live]").count())


def _log_in(page: Page, url: str, person: str) -> None:
    page.goto(url + "/login/")
    page.fill("#id_username", person)
    page.fill("#id_password", "secret")
    page.click("main button")
    page.wait_for_url(lambda now: "/login/" not in now)


def _store(png: bytes, file: Path) -> None:
    """With 256 colours: a third of the size, and nobody sees it."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)


def main() -> None:
    """Make the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("word", nargs="?", default="", help="only pictures whose name has it")
    word = parser.parse_args().word
    chosen = [one for one in PICTURES if word in one.name]
    if not chosen:
        raise SystemExit(f"No picture has {word!r} in its name.")
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("Chromium is not installed: apt-get install chromium")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        database = SqliteDatabase(Path(folder) / "screens.sqlite3")
        server = ServerProcess(database, Path(folder), environment={"SECURE_COOKIES": "0"})
        server.environment["SITE_URL"] = server.url
        server.manage("migrate", "-v", "0")
        print("filling a node …", file=sys.stderr)
        fill = [sys.executable, "manage.py", "demo", "--days", str(DAYS)]
        subprocess.run(fill, cwd=ROOT, env=server.environment, check=True)
        server.shell(PEOPLE)
        facts: Any = server.shell(FACTS)
        with server, connected(server, *facts), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            for picture in chosen:
                print(picture.name, file=sys.stderr)
                take(browser, server, picture)
            browser.close()


if __name__ == "__main__":
    main()
