"""Who a connection says it is: from its path, or from its query."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp.connection.identity import Identity, header, identify
from ocpp.domain.chargers import Refused
from ocpp.tests.connection.wire import Wire


def identity(path: str) -> Identity:
    return identify(Wire(path).scope)


@pytest.mark.parametrize(
    ("path", "charger_id"),
    [
        ("/CP1", "CP1"),
        ("/CP1/", "CP1"),
        ("/CP1//", "CP1"),
        ("//CP1", "CP1"),
        ("/foo/bar/CP1/", "CP1"),
        ("/ws/ocpp/CP1/", "CP1"),
        ("/ocpp/CP1", "CP1"),
        ("/steve/websocket/CentralSystemService/CP-1", "CP-1"),
        ("/CP%201", "CP 1"),
        ("/caf%C3%A9", "café"),
        ("/a%2Fb", "a/b"),
        ("/a+b", "a+b"),
        ("/100%", "100%"),
        ("/ws", "ws"),
        ("/ocpp", "ocpp"),
        ("/?cid=CP1", "CP1"),
        ("/ocpp/?cid=CP1", "CP1"),
        ("/ws/ocpp/?cid=CP1", "CP1"),
        ("/ws?cid=CP1", "CP1"),
        ("/?id=CP1", "CP1"),
        ("/?cid=CP1&token=x", "CP1"),
        ("/?cid=caf%C3%A9", "café"),
        ("/CP1?cid=CP2", "CP1"),
        ("/?cid=CP1&cid=CP2", "CP2"),
    ],
)
def test_id(path: str, charger_id: str) -> None:
    assert identity(path).charger_id == charger_id


@pytest.mark.parametrize(
    ("path", "told"), [("/foo/bar/CP1/", "/foo/bar/CP1/"), ("/a%2Fb/%C3%A9?x=y", "/a/b/é")]
)
def test_the_path_is_kept_without_its_query(path: str, told: str) -> None:
    assert identity(path).path == told


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "//", "/?", "/?cid=", "/?other=CP1", "/%ff", "/%fe", "/CP%c3", "/%ed%a0%80"),
        *("/?cid=%ff", "/ws/ocpp/?cid=CP%fe"),
    ],
)
def test_no_id(path: str) -> None:
    with pytest.raises(Refused) as caught:
        identity(path)
    assert caught.value.status == 400


def test_a_server_that_tells_no_raw_path() -> None:
    scope = Wire("/ws/caf%C3%A9").scope
    del scope["raw_path"]
    assert identify(scope) == Identity("café", "/ws/café")


def test_a_path_that_no_database_takes_is_written_as_escapes() -> None:
    assert identity("/%00%ff/CP1").path == "/\\x00\\xff/CP1"


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_any_path_is_an_id_or_refused(path: bytes, query: bytes) -> None:
    scope = Wire().scope | {"raw_path": b"/" + path, "query_string": query}
    try:
        found = identify(scope)
    except Refused as refusal:
        status = refusal.status
    else:
        status = 101
        assert found.charger_id
        assert "\x00" not in found.path
        assert found.path.encode()
    assert status in (101, 400)


def test_a_header_is_found_by_its_name() -> None:
    scope = Wire(headers=[(b"host", b"here"), (b"origin", b"\xe9")]).scope
    assert header(scope, b"origin") == "é"
    assert header(scope, b"cookie") is None


def test_the_documented_address_without_an_id_is_no_charger() -> None:
    with pytest.raises(Refused) as refused:
        identify({"path": "/ws/ocpp/", "raw_path": b"/ws/ocpp/", "query_string": b""})
    assert refused.value.status == 400
