"""The image's URL, the template tag and the admin."""

import io
import zipfile

import pypdfium2
import pytest
import zxingcpp
from django.contrib.auth import get_user_model
from django.template import Context, Template
from django.test import Client

from qrcodes import domain
from qrcodes.models import QRLink

pytestmark = pytest.mark.django_db

URL = "https://node.example/ocpp/c/CP1/"


def render(value: str, options: str = "") -> str:
    template = Template("{% load qrcodes %}{% qr_img value " + options + " %}")
    return template.render(Context({"value": value}))


def test_everybody_may_see_an_image_and_keep_it(client: Client) -> None:
    link = domain.get_or_create(URL)
    answer = client.get(link.get_absolute_url())
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/png"
    assert answer.content == domain.draw(URL)
    assert "immutable" in answer["Cache-Control"]


def test_the_address_of_an_image_does_not_count_up(client: Client) -> None:
    """Codes of chargers that are not public must not be found by trying numbers."""
    link = domain.get_or_create(URL)
    assert client.get(f"/qrcodes/{link.pk}.png").status_code == 404
    assert len(link.key) == 32


def test_only_reading_is_possible(client: Client) -> None:
    link = domain.get_or_create(URL)
    assert client.head(link.get_absolute_url()).status_code == 200
    assert client.post(link.get_absolute_url()).status_code == 405


def test_the_tag_makes_the_record_and_shows_it(client: Client) -> None:
    markup = render(URL)
    link = QRLink.objects.get()
    assert link.value == URL
    assert f'src="{link.get_absolute_url()}"' in markup
    assert f'alt="QR code of {URL}"' in markup
    assert render(URL) == markup
    assert QRLink.objects.count() == 1
    assert client.get(link.get_absolute_url()).status_code == 200


def test_the_tag_takes_a_size_and_a_text() -> None:
    markup = render(URL, 'size=100 alt="Charger 1"')
    assert 'width="100" height="100" alt="Charger 1"' in markup


def test_the_tag_escapes_what_it_is_given() -> None:
    assert "<script>" not in render('"><script>alert(1)</script>')
    template = Template("{% load qrcodes %}{% qr_img value alt=text %}")
    markup = template.render(Context({"value": URL, "text": '"><script>'}))
    assert 'alt="&quot;&gt;&lt;script&gt;"' in markup


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(get_user_model().objects.create_superuser("boss"))
    return client


def test_the_admin_shows_the_picture(staff: Client) -> None:
    link = domain.get_or_create(URL)
    for page in ("/admin/qrcodes/qrlink/", f"/admin/qrcodes/qrlink/{link.pk}/change/"):
        answer = staff.get(page)
        assert answer.status_code == 200
        assert f'<img src="{link.get_absolute_url()}"' in answer.content.decode()


def test_the_admin_makes_a_code_and_draws_it(staff: Client) -> None:
    assert staff.get("/admin/qrcodes/qrlink/add/").status_code == 200
    staff.post("/admin/qrcodes/qrlink/add/", {"value": URL})
    assert QRLink.objects.get().image


def test_the_admin_names_what_is_wrong_with_a_value(staff: Client) -> None:
    answer = staff.post("/admin/qrcodes/qrlink/add/", {"value": "ñ" * 800})
    assert "at most 1000" in answer.content.decode()
    assert not QRLink.objects.exists()


def test_a_value_is_final_in_the_admin(staff: Client) -> None:
    link = domain.get_or_create(URL)
    staff.post(f"/admin/qrcodes/qrlink/{link.pk}/change/", {"value": "https://else.example/"})
    link.refresh_from_db()
    assert link.value == URL


def test_the_admin_gives_pictures_and_sheets_of_what_is_chosen(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    links = [domain.get_or_create(URL + str(number)) for number in range(2)]
    asked = {"_selected_action": [link.pk for link in links]}

    def act(action: str):
        return staff.post("/admin/qrcodes/qrlink/", {**asked, "action": action}, follow=True)

    answer = act("download")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as made:
        assert len(made.namelist()) == 5
        assert made.read(f"{links[0].key}.png") == domain.draw(links[0].value)
        assert made.read("index.txt").decode().count(URL) == 2
    sheet = act("print_labels")
    assert sheet["Content-Type"] == "application/pdf"
    picture = pypdfium2.PdfDocument(sheet.content)[0].render(scale=3).to_pil()
    read = {found.text for found in zxingcpp.read_barcodes(picture)}
    assert read == {link.value for link in links}
    monkeypatch.setattr("qrcodes.admin.MOST", 1)
    assert "At most 1 QR codes at a time" in act("download").content.decode()
    assert not QRLink.objects.filter(kept=True).exists()
    act("keep")
    assert QRLink.objects.filter(kept=True).count() == 2
