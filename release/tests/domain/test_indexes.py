"""Where an index is, what it has, and who may upload."""

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import keyring
import keyring.backend
import pytest

from release import Credentials
from release.domain.errors import ReleaseError
from release.domain.indexes import Index, same

PAGE = (
    '<a href="../../files/toy_car-1.0.0.tar.gz#sha256=ab">one</a>'
    '<a href="/files/toy_car-1.0.0-py3-none-any.whl">two</a>'
)


@pytest.mark.parametrize(
    ("upload", "simple"),
    [
        ("https://upload.example.org/legacy/", "https://example.org/simple/"),
        ("https://test.example.org/legacy/", "https://test.example.org/simple/"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/simple/"),
        ("https://example.org/pypi/", "https://example.org/pypi/simple/"),
    ],
)
def test_packages_stand_beside_where_they_are_uploaded(upload: str, simple: str) -> None:
    assert Index.at(upload).simple_url == simple
    assert Index.at(upload, "https://other.example.org/s/").simple_url.endswith("/s/")


def test_the_public_one_and_its_twin_are_those_of_twine() -> None:
    public, twin = Index.public(), Index.public(test=True)
    assert (public.name, twin.name) == ("PyPI", "TestPyPI")
    assert public.simple_url.endswith("/simple/")
    assert len({public.upload_url, twin.upload_url, public.simple_url, twin.simple_url}) == 4


class Handler(BaseHTTPRequestHandler):
    """An index that tells nobody anything but its friends, one page of which is moved."""

    asked: list[tuple[str, str]]
    moved = ""

    def do_GET(self) -> None:
        pair = self.headers.get("Authorization", "")
        self.asked.append((self.path, pair))
        if self.path == "/simple/moved/":
            self.send_response(302)
            self.send_header("Location", self.moved)
            self.end_headers()
            return
        good = f"Basic {base64.b64encode(b'ana:right').decode()}"
        known = self.path in ("/simple/toy-car/", "/elsewhere/")
        self.send_response(401 if pair != good else 200 if known else 404)
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def private() -> Iterator[Index]:
    """Such an index."""
    Handler.asked = []
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        Handler.moved = f"http://127.0.0.1:{server.server_port}/elsewhere/"
        yield Index.at(f"http://127.0.0.1:{server.server_port}/", name="ours")
        server.shutdown()
        thread.join()


def test_a_private_index_tells_whoever_it_knows(private: Index) -> None:
    friend = Credentials(username="ana", password="right")
    assert private.files("Toy_Car", friend) == {
        "toy_car-1.0.0.tar.gz": "sha256=ab",
        "toy_car-1.0.0-py3-none-any.whl": "",
    }
    assert private.files("another", friend) == {}
    # Nobody is told the password unasked.
    assert [bool(pair) for _path, pair in Handler.asked] == [False, True, False, True]
    for stranger in (None, Credentials(username="ana", password="wrong")):
        with pytest.raises(ReleaseError, match="ours does not tell what it has"):
            private.files("toy-car", stranger)


def test_the_password_does_not_follow_a_redirect(private: Index) -> None:
    with pytest.raises(ReleaseError, match="does not tell"):
        private.files("moved", Credentials(username="ana", password="right"))
    assert {pair for path, pair in Handler.asked if path == "/elsewhere/"} == {""}


def test_a_digest_tells_whether_a_file_is_ours(tmp_path: Path) -> None:
    (file := tmp_path / "file").write_bytes(b"abc")
    assert same(file, "md5=900150983cd24fb0d6963f7d28e17f72")
    assert same(file, "sha1=A9993E364706816ABA3E25717850C26C9CD0D89D")
    for digest in ("md5=00", "", "sha256=", "crc=1", "shake_128=1"):
        assert not same(file, digest)


class Ring(keyring.backend.KeyringBackend):
    """A keyring with two passwords."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        if service != "https://example.org/":
            return None
        return {"ana": "p", "__token__": "t"}.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError


def test_the_keyring_is_asked_where_the_environment_says_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(Ring())
    try:
        index = Index.at("https://example.org/")
        assert index.credentials() == Credentials(token="t")
        monkeypatch.setenv("TWINE_USERNAME", "ana")
        assert index.credentials() == Credentials(username="ana", password="p")
        monkeypatch.setenv("TWINE_PASSWORD", "q")
        assert index.credentials().secret == "q"
        monkeypatch.setenv("TWINE_PASSWORD", "")
        with pytest.raises(ReleaseError, match="are missing"):
            Index.at("https://other.example.org/").credentials()
    finally:
        keyring.set_keyring(before)
