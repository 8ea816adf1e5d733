"""The public page that makes codes, and the same for programs."""

import io
import re
from html import unescape

import pytest
import zxingcpp
from django.test import Client
from PIL import Image
from pytest_django import Settings

from qrcodes import views
from qrcodes.domain import drawing
from qrcodes.models import QRLink

pytestmark = pytest.mark.django_db
PAGE = "/qrcodes/"
URL = "https://node.example/?a=1&b=ñ"


@pytest.fixture(autouse=True)
def rested() -> None:
    views.drawn.clear()
    drawing.squares.cache_clear()


def read(png: bytes) -> str:
    return zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("RGB"))[0].text


def test_the_page_begins_without_a_code(client: Client) -> None:
    page = client.get(PAGE).content.decode()
    assert "The code appears here." in page
    assert 'name="size" value="400"' in page
    assert "draw.svg?" not in page


def test_the_address_holds_what_is_asked_and_what_is_shown_is_it(client: Client) -> None:
    asked = {"text": URL, "size": "300", "level": "H", "dark": "#003366", "light": "fff"}
    answer = client.get(PAGE, asked)
    page = answer.content.decode()
    # A text is never a script, and browsers show colours in one form.
    assert 'value="#ffffff"' in page
    links = [unescape(link) for link in re.findall(r'(?:src|href)="([^"]*/draw\.[^"]+)"', page)]
    assert [link.split("?")[0][-3:] for link in links] == ["svg", "png", "svg"]
    png = client.get(links[1])
    assert png["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(png.content)).size == (300, 300)
    assert read(png.content) == URL
    svg = client.get(links[0])
    assert svg["Content-Type"] == "image/svg+xml"
    assert 'fill="#003366"' in svg.content.decode()
    assert not QRLink.objects.exists()


def test_a_text_is_escaped(client: Client) -> None:
    evil = '"><script>alert(1)</script>'
    page = client.get(PAGE, {"text": evil}).content.decode()
    assert "<script>alert" not in page
    assert read(client.get("/qrcodes/draw.png", {"text": evil}).content) == evil


WRONG = [
    ({"text": ""}, "text", "This field is required."),
    ({"text": "x" * 1001}, "text", "The text has 1001 bytes"),
    ({"size": "63"}, "size", "63 is not possible"),
    ({"size": "9" * 400}, "size", ""),
    ({"size": "big"}, "size", "Enter a whole number."),
    ({"text": "x" * 900, "size": "100"}, "size", "squares on each side"),
    ({"level": "X"}, "level", "Select a valid choice"),
    ({"quiet": "0"}, "quiet", "0 is not possible"),
    ({"dark": "red"}, "dark", "red is no colour"),
    ({"dark": "#ffffff", "light": "#000000"}, "dark", "inverted"),
    ({"dark": "#999999", "light": "#aaaaaa"}, "dark", "The contrast of these colours"),
]


@pytest.mark.parametrize(("wrong", "field", "said"), WRONG)
def test_what_is_wrong_is_said(
    client: Client, wrong: dict[str, str], field: str, said: str
) -> None:
    asked = {"text": "hi", **wrong}
    page = client.get(PAGE, asked)
    assert page.status_code == 200
    html = page.content.decode()
    part = html[html.index(f'data-live="error-{field}"') :]
    assert said in unescape(part[: part.index("</div></div>")])
    assert "Correct what is marked." in html
    for kind in ("png", "svg"):
        answer = client.get(f"/qrcodes/draw.{kind}", asked)
        assert answer.status_code == 400
        assert answer.json()["detail"].startswith(f"{field}: {said}"[: len(field) + 2])
        assert said in answer.json()["detail"]


def test_a_program_need_say_no_more_than_the_text(client: Client) -> None:
    answer = client.get("/qrcodes/draw.png", {"text": "hi"})
    assert read(answer.content) == "hi"
    assert "private" in answer["Cache-Control"]
    assert client.get("/qrcodes/draw.png").json()["detail"] == "text: This field is required."
    assert client.post("/qrcodes/draw.png", {"text": "hi"}).status_code == 405


def test_doubts_are_told_and_it_is_drawn_all_the_same(client: Client) -> None:
    page = client.get(PAGE, {"text": "hi", "dark": "#b4b4b4", "quiet": "2"}).content.decode()
    assert "Phones in bad light may need more." in page
    assert "margin of 4 squares" in page
    assert "draw.png?" in page


def test_who_asks_too_often_waits(client: Client, settings: Settings) -> None:
    settings.QR_PER_MINUTE = 2
    assert client.get(PAGE, {"text": "a"}).status_code == 200
    assert client.get("/qrcodes/draw.svg", {"text": "a"}).status_code == 200
    refused = client.get("/qrcodes/draw.png", {"text": "a"})
    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= 30
    assert refused.json()["detail"].startswith("Too many requests. Try again in ")
    page = client.get(PAGE, {"text": "a"})
    assert page.status_code == 429
    assert "Too many requests." in page.content.decode()
    # The form alone costs nothing, and others are not held up.
    assert client.get(PAGE).status_code == 200
    other = Client(REMOTE_ADDR="192.0.2.7")
    assert other.get("/qrcodes/draw.svg", {"text": "a"}).status_code == 200
    settings.QR_PER_MINUTE = 0
    assert client.get(PAGE, {"text": "a"}).status_code == 200


def test_it_is_in_the_bar_and_in_the_sitemap(client: Client) -> None:
    assert 'href="/qrcodes/"' in client.get("/awg/").content.decode()
    assert "/qrcodes/</loc>" in client.get("/sitemap.xml").content.decode()
