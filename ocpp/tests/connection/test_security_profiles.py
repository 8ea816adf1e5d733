"""Security profiles at the handshake: what is let in, what is refused, and that it leaves no trace.

The TLS layer is played here by what a server puts into the ASGI scope; `tests/test_security.py` has
real ones.
"""

import asyncio
import base64
import ssl
from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from pytest_django import Settings

from accounts.models import Throttle
from ocpp import store
from ocpp.choices import AnomalyKind, CertificateKind, CredentialState, SecurityProfile
from ocpp.domain import credentials
from ocpp.models import Anomaly, Certificate, Charger, Credential
from ocpp.tests.connection.wire import PUBLIC, Wire, settle
from ocpp.tests.factories import in_thread
from tests.support.certificates import CLIENT, DAY, SERVER, Authority, Identity

KEY = "00ff" * 10
PROXY = "10.9.9.9"
AUTHORITY = Authority()

Headers = Sequence[tuple[bytes, bytes]]


def make(profile: int, key: str = KEY, charger_id: str = "CP1", **facts: Any) -> Charger:
    charger = Charger.objects.create(charger_id=charger_id, security_profile=profile, **facts)
    if key:
        credential = credentials.keep(charger, key)
        Credential.objects.filter(pk=credential.pk).update(state=CredentialState.ACTIVE)
    return charger


def basic(user: bytes | str = "CP1", password: bytes | str = KEY) -> list[tuple[bytes, bytes]]:
    parts = [part.encode() if isinstance(part, str) else part for part in (user, password)]
    return [(b"authorization", b"Basic " + base64.b64encode(b":".join(parts)))]


def asking(
    path: str = "/CP1",
    *,
    headers: Headers = (),
    tls: bool = False,
    client: Identity | None = None,
    client_error: str = "",
    **options: Any,
) -> Wire:
    """A connection that has not been opened: over TLS, with a client certificate."""
    wire = Wire(path, headers=headers, **options)
    if tls or client:
        chain = [ssl.DER_cert_to_PEM_cert(client.der), AUTHORITY.pem] if client else []
        wire.scope["scheme"] = "wss"
        told = {"client_cert_chain": chain, "client_cert_error": client_error or None}
        wire.scope["extensions"] = {"websocket.http.response": {}, "tls": told}
    return wire


async def opened(*arguments: Any, **options: Any) -> Wire:
    return await asking(*arguments, **options).open()


def state() -> Charger:
    return Charger.objects.get(charger_id="CP1")


def anomalies() -> list[str]:
    return [a.detail for a in Anomaly.objects.filter(kind=AnomalyKind.SECURITY).order_by("pk")]


def keys() -> list[tuple[str, str]]:
    return list(Credential.objects.order_by("pk").values_list("state", "digest"))


async def is_admitted(wire: Wire) -> None:
    assert wire.status == 101, wire.refusal
    assert "currentTime" in await wire.call("Heartbeat")
    await wire.end()
    await settle()


async def is_refused(wire: Wire, status: int, code: str) -> None:
    """The handshake got the status; nothing has changed but for a note with the code."""
    assert wire.status == status, wire.refusal
    assert wire.refusal is not None
    headers, body = wire.refusal[1], wire.refusal[2]
    assert body
    assert KEY not in body
    assert (headers.get(b"www-authenticate") == b'Basic realm="OCPP"') is (status == 401)
    charger = await in_thread(state)
    assert (charger.epoch, charger.owner, charger.connected_at) == (0, "", None)
    assert (charger.last_path, charger.remote_address) == ("", "")
    notes = await in_thread(anomalies)
    assert len(notes) == 1
    assert f"({code}, security profile" in notes[0]
    assert KEY not in notes[0]
    assert store.sessions == {}


# --- profile 0 -----------------------------------------------------------------------------------


async def test_profile_0_asks_for_nothing() -> None:
    await in_thread(make, 0, "")
    await is_admitted(await opened())
    assert await in_thread(anomalies) == []


@pytest.mark.parametrize(
    ("headers", "noted"),
    [
        (basic(), "which its profile 0 does not need"),
        (basic(password="wrong"), "not its own"),
        (basic(user="CP2"), "not its own"),
        ([(b"authorization", b"Bearer x")], "cannot be read"),
    ],
)
async def test_profile_0_lets_in_who_sends_credentials_and_notes_it_once(
    headers: Headers, noted: str
) -> None:
    await in_thread(make, 0)
    for _ in range(3):
        await is_admitted(await opened(headers=headers))
    notes = await in_thread(anomalies)
    assert len(notes) == 1
    assert noted in notes[0]
    assert (await in_thread(state)).security_profile == 0


async def test_an_unknown_id_with_credentials_is_new_as_ever() -> None:
    await is_admitted(await opened(headers=basic()))
    charger = await in_thread(state)
    assert charger.discovered
    assert charger.security_profile == 0
    assert "nobody here knows" in (await in_thread(anomalies))[0]


# --- profile 1 -----------------------------------------------------------------------------------


@pytest.mark.parametrize("user", ["CP1", "cp1", "Cp1"])
@pytest.mark.parametrize("password", [KEY, KEY.upper(), bytes.fromhex(KEY)])
@pytest.mark.parametrize("tls", [False, True])
async def test_profile_1_lets_in_the_key(user: str, password: bytes | str, tls: bool) -> None:
    """As text, in any case, or as its bytes, which are not UTF-8; over TLS as well."""
    await in_thread(make, 1)
    await is_admitted(await opened(headers=basic(user, password), tls=tls))
    charger = await in_thread(state)
    assert charger.over_tls is tls
    assert charger.security_profile == 1
    assert await in_thread(anomalies) == []


@pytest.mark.parametrize(
    "key", ["Passw0rd-of-the-vendor", "with:colons:inside", "ñandú", "abc", "0123456789abcdef"]
)
async def test_a_key_that_is_no_hexadecimal_number_is_its_text(key: str) -> None:
    await in_thread(make, 1, key)
    await is_admitted(await opened(headers=basic(password=key)))
    assert (await opened(headers=basic(password=key + "0"))).status == 401


async def test_an_id_with_a_colon() -> None:
    charger = await in_thread(make, 1, KEY, "AB:CD")
    wire = await opened("/AB:CD", headers=basic("AB:CD"))
    await is_admitted(wire)
    await in_thread(charger.refresh_from_db)
    assert charger.epoch == 1


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ([], "unauthenticated"),
        (basic(password="00ff" * 9 + "00fe"), "wrong_key"),
        (basic(password=""), "wrong_key"),
        (basic(password=bytes.fromhex(KEY)[:-1]), "wrong_key"),
        (basic(password=f" {KEY}"), "wrong_key"),
        (basic(user="CP2"), "wrong_key"),
        (basic(user=""), "wrong_key"),
        (basic(user=b"\xff\xfe"), "wrong_key"),
        ([(b"authorization", b"")], "unauthenticated"),
        ([(b"authorization", b"Basic")], "unauthenticated"),
        ([(b"authorization", b"Basic !!!!")], "unauthenticated"),
        ([(b"authorization", b"Basic " + base64.b64encode(b"CP1"))], "unauthenticated"),
        ([(b"authorization", b"Bearer " + basic()[0][1][6:])], "unauthenticated"),
        ([*basic(), *basic()], "unauthenticated"),
        (basic(password=b"x" * 2000), "unauthenticated"),
    ],
)
async def test_profile_1_refuses_the_rest_before_anything_happens(
    headers: Headers, code: str
) -> None:
    await in_thread(make, 1)
    await is_refused(await opened(headers=headers), 401, code)


async def test_a_charger_without_any_key_is_refused() -> None:
    await in_thread(make, 1, "")
    await is_refused(await opened(headers=basic(password="")), 401, "wrong_key")


async def test_the_key_of_another_charger_is_wrong() -> None:
    await in_thread(make, 1)
    await in_thread(make, 1, "aa" * 20, "CP2")
    await is_refused(await opened(headers=basic(password="aa" * 20)), 401, "wrong_key")


# --- profile 2 -----------------------------------------------------------------------------------


async def test_profile_2_lets_in_the_key_over_tls() -> None:
    await in_thread(make, 2)
    await is_admitted(await opened(headers=basic(), tls=True))
    assert (await in_thread(state)).over_tls


@pytest.mark.parametrize(
    ("headers", "tls", "status", "code"),
    [
        ([], False, 403, "insecure_transport"),
        (basic(), False, 403, "downgrade"),
        ([], True, 401, "unauthenticated"),
        (basic(password="x"), True, 401, "wrong_key"),
        ([*basic(), (b"x-forwarded-proto", b"https")], False, 403, "downgrade"),
    ],
)
async def test_profile_2_refuses_less(headers: Headers, tls: bool, status: int, code: str) -> None:
    await in_thread(make, 2)
    await is_refused(await opened(headers=headers, tls=tls), status, code)


async def test_a_server_that_cannot_tell_the_status_closes_before_it_accepts() -> None:
    await in_thread(make, 2)
    wire = await opened(headers=basic(), can_refuse=False)
    assert (wire.refusal, wire.close_code) == (None, 1008)


# --- profile 3 -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["CP1", "cp1"])
async def test_profile_3_lets_in_the_certificate_without_a_key(name: str) -> None:
    await in_thread(make, 3, "")
    client = AUTHORITY.issue(name)
    for _ in range(2):
        await is_admitted(await opened(client=client))
    assert await in_thread(anomalies) == []
    (row,) = await in_thread(lambda: list(Certificate.objects.all()))
    assert (row.kind, row.charger_id) == (CertificateKind.CHARGE_POINT, (await in_thread(state)).pk)
    assert row.pem == client.pem
    assert row.serial_number == f"{client.certificate.serial_number:x}"


@pytest.mark.parametrize("usages", [None, [CLIENT, SERVER]])
async def test_what_a_certificate_may_be_for(usages: Any) -> None:
    await in_thread(make, 3, "")
    client = AUTHORITY.issue("whatever", hosts=["CP1"], usages=usages)
    await is_admitted(await opened(client=client))


@pytest.mark.parametrize(
    ("client", "code"),
    [
        (AUTHORITY.issue("CP1", begin=-9 * DAY, end=-DAY), "certificate_expired"),
        (AUTHORITY.issue("CP1", begin=DAY, end=9 * DAY), "certificate_expired"),
        (AUTHORITY.issue("CP2"), "certificate_other"),
        (AUTHORITY.issue("CP11", hosts=["cp"]), "certificate_other"),
        (AUTHORITY.issue("CP1", usages=[SERVER]), "certificate_untrusted"),
        (None, "certificate_missing"),
    ],
)
async def test_profile_3_refuses_other_certificates(client: Identity | None, code: str) -> None:
    await in_thread(make, 3)
    await is_refused(await opened(tls=True, client=client), 403, code)
    assert not await in_thread(Certificate.objects.exists)


@pytest.mark.parametrize("pem", ["-----BEGIN nonsense", ssl.DER_cert_to_PEM_cert(b"nonsense")])
async def test_a_certificate_that_cannot_be_read(pem: str) -> None:
    await in_thread(make, 3)
    wire = asking(tls=True)
    told = {"client_cert_chain": [pem], "client_cert_error": None}
    wire.scope["extensions"] = {"websocket.http.response": {}, "tls": told}
    assert (await wire.open()).status == 403


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("unable to get local issuer certificate", "certificate_untrusted"),
        ("certificate has expired", "certificate_expired"),
    ],
)
async def test_a_certificate_that_the_tls_layer_could_not_verify(error: str, code: str) -> None:
    await in_thread(make, 3)
    wire = await opened(client=AUTHORITY.issue("CP1"), client_error=error)
    await is_refused(wire, 403, code)


async def test_profile_3_refuses_a_key() -> None:
    await in_thread(make, 3)
    await is_refused(await opened(headers=basic(), tls=True), 403, "downgrade")


async def test_profile_3_refuses_plain_text() -> None:
    await in_thread(make, 3)
    await is_refused(await opened(), 403, "insecure_transport")


def revoke(pem: str, serial: str, fingerprint: str) -> None:
    now = "2026-01-01T00:00:00Z"
    Certificate.objects.create(
        kind=CertificateKind.CHARGE_POINT,
        subject="CN=CP1",
        serial_number=serial,
        fingerprint=fingerprint,
        pem=pem,
        valid_from=now,
        valid_until=now,
        revoked=now,
    )


async def test_a_revoked_certificate_by_its_fingerprint() -> None:
    await in_thread(make, 3)
    client = AUTHORITY.issue("CP1")
    await is_admitted(await opened(client=client))
    await in_thread(lambda: Certificate.objects.update(revoked="2026-01-01T00:00:00Z"))
    wire = await opened(client=client)
    assert wire.status == 403
    assert "(certificate_revoked," in (await in_thread(anomalies))[0]


async def test_a_revoked_certificate_by_its_issuer_and_serial_number() -> None:
    await in_thread(make, 3)
    client = AUTHORITY.issue("CP1", serial=0xABCDEF)
    same = AUTHORITY.issue("CP1", serial=0xABCDEF)
    await in_thread(revoke, same.pem, "abcdef", "0" * 64)
    await is_refused(await opened(client=client), 403, "certificate_revoked")


async def test_a_serial_number_of_another_issuer_is_not_revoked() -> None:
    await in_thread(make, 3)
    other = Authority("Another").issue("CP1", serial=0xABCDEF)
    await in_thread(revoke, other.pem, "abcdef", "0" * 64)
    await is_admitted(await opened(client=AUTHORITY.issue("CP1", serial=0xABCDEF)))


@pytest.mark.parametrize("profile", [0, 1, 2])
async def test_more_than_is_asked_for_is_welcome(profile: int) -> None:
    await in_thread(make, profile)
    await is_admitted(await opened(client=AUTHORITY.issue("CP1")))
    assert (await in_thread(state)).security_profile == profile


async def test_a_bad_certificate_beside_a_good_key_is_only_noted() -> None:
    await in_thread(make, 2)
    await is_admitted(await opened(headers=basic(), client=AUTHORITY.issue("CP2")))
    assert "another charge point" in (await in_thread(anomalies))[0]


# --- behind a proxy ------------------------------------------------------------------------------


def forwarded(client: Identity, verdict: bytes = b"SUCCESS") -> list[tuple[bytes, bytes]]:
    return [
        (b"x-forwarded-for", PUBLIC.encode()),
        (b"x-forwarded-proto", b"https"),
        (b"x-client-verify", verdict),
        (b"x-client-cert", quote(client.pem).encode()),
    ]


@pytest.fixture
def proxy(settings: Settings) -> str:
    """The address of a trusted proxy, which tells the client certificates."""
    settings.TRUSTED_PROXIES = [PROXY]
    settings.OCPP_CLIENT_CERTIFICATE_HEADERS = True
    return PROXY


async def test_a_trusted_proxy_is_believed(proxy: str) -> None:
    await in_thread(make, 3)
    headers = forwarded(AUTHORITY.issue("CP1"))
    await is_admitted(await opened(headers=headers, address=proxy))
    charger = await in_thread(state)
    assert charger.over_tls
    assert charger.remote_address == PUBLIC


async def test_tls_is_what_a_trusted_proxy_says(proxy: str) -> None:
    await in_thread(make, 2)
    https = [(b"x-forwarded-proto", b"https")]
    http = [(b"x-forwarded-proto", b"http")]
    refused = await opened(headers=[*basic(), *http], address=proxy, tls=True)
    await is_refused(refused, 403, "downgrade")
    assert (await opened(headers=[*basic(), *https, *http], address=proxy)).status == 403
    await is_admitted(await opened(headers=[*basic(), *https], address=proxy))


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (b"FAILED:certificate has expired", "certificate_expired"),
        (b"FAILED:self-signed certificate", "certificate_untrusted"),
        (b"NONE", "certificate_missing"),
        (b"", "certificate_missing"),
        (b"success", "certificate_missing"),
    ],
)
async def test_a_proxy_that_has_not_verified_it(proxy: str, verdict: bytes, code: str) -> None:
    await in_thread(make, 3)
    headers = forwarded(AUTHORITY.issue("CP1"), verdict)
    await is_refused(await opened(headers=headers, address=proxy), 403, code)


async def test_a_certificate_in_two_headers_is_none(proxy: str) -> None:
    await in_thread(make, 3)
    mine, other = forwarded(AUTHORITY.issue("CP1")), forwarded(AUTHORITY.issue("CP2"))
    wire = await opened(headers=[*mine, other[-1]], address=proxy)
    assert wire.status == 403


async def test_headers_of_a_proxy_that_does_not_write_them_are_not_believed(
    settings: Settings,
) -> None:
    settings.TRUSTED_PROXIES = [PROXY]
    await in_thread(make, 3)
    headers = forwarded(AUTHORITY.issue("CP1"))
    await is_refused(await opened(headers=headers, address=PROXY), 403, "certificate_untrusted")
    assert "OCPP_CLIENT_CERTIFICATE_HEADERS is off" in (await in_thread(anomalies))[0]


@pytest.mark.parametrize("address", [PUBLIC, "10.9.9.8", "127.0.0.1"])
async def test_nobody_else_is_believed_and_that_is_noted(proxy: str, address: str) -> None:
    await in_thread(make, 3)
    wire = await opened(headers=forwarded(AUTHORITY.issue("CP1")), address=address)
    assert wire.status == 403
    notes = await in_thread(anomalies)
    assert "(insecure_transport, security profile 3)" in notes[0]
    assert "no trusted proxy" in notes[1]


# --- takeover ------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", [1, 2, 3])
async def test_the_newest_that_has_proved_who_it_is_wins(profile: int) -> None:
    await in_thread(make, profile)
    proof: dict[str, Any] = {"headers": basic(), "tls": profile > 1}
    if profile == SecurityProfile.CERTIFICATE:
        proof = {"client": AUTHORITY.issue("CP1")}
    old = await opened(**proof, address="10.0.0.1")
    new = await opened(**proof, address="10.0.0.2")
    assert new.status == 101
    assert await old.closing() == 1008
    await old.end()
    await is_admitted(new)


@pytest.mark.parametrize("address", ["10.0.0.1", "10.0.0.2"])
async def test_who_proves_nothing_does_not_even_disturb(address: str) -> None:
    await in_thread(make, 1)
    old = await opened(headers=basic(), address="10.0.0.1")
    for headers in ([], basic(password="wrong")):
        assert (await opened(headers=headers, address=address)).status == 401
    # No question whether it lives was sent to it, and it is there as before.
    assert await old.silent()
    charger = await in_thread(state)
    assert (charger.epoch, charger.remote_address) == (1, "10.0.0.1")
    await is_admitted(old)


# --- guessing ------------------------------------------------------------------------------------


async def test_guessing_ends_and_the_charge_point_comes_in_from_elsewhere(
    settings: Settings,
) -> None:
    settings.OCPP_KEY_FAILURES_PER_15_MINUTES = 3
    await in_thread(make, 1)
    tries = [
        (await opened(headers=basic(password=str(n)), address=PUBLIC)).status for n in range(5)
    ]
    assert tries == [401, 401, 401, 429, 429]
    # The right key is not examined there any more; from another address it is.
    assert (await opened(headers=basic(), address=PUBLIC)).status == 429
    await is_admitted(await opened(headers=basic(), address="203.0.113.8"))
    # Who sends no key has guessed nothing.
    assert (await opened(address=PUBLIC)).status == 401
    codes = [note.partition("(")[2].partition(",")[0] for note in await in_thread(anomalies)]
    assert codes == ["wrong_key", "throttled", "unauthenticated"]


async def test_guesses_that_come_at_once_are_counted_one_by_one(settings: Settings) -> None:
    settings.OCPP_KEY_FAILURES_PER_15_MINUTES = 3
    await in_thread(make, 1)
    wires = await asyncio.gather(
        *(opened(headers=basic(password=str(n)), address=PUBLIC) for n in range(12))
    )
    assert sorted(wire.status for wire in wires) == [401] * 3 + [429] * 9


async def test_another_charger_at_the_same_address_is_not_locked_out(settings: Settings) -> None:
    settings.OCPP_KEY_FAILURES_PER_15_MINUTES = 1
    await in_thread(make, 1)
    await in_thread(make, 1, KEY, "CP2")
    assert (await opened(headers=basic(password="x"))).status == 401
    assert (await opened(headers=basic())).status == 429
    await is_admitted(await opened("/CP2", headers=basic("CP2")))


async def test_a_right_key_counts_for_nothing(settings: Settings) -> None:
    settings.OCPP_KEY_FAILURES_PER_15_MINUTES = 1
    await in_thread(make, 1)
    for _ in range(3):
        await is_admitted(await opened(headers=basic()))
    assert not await in_thread(Throttle.objects.exists)


async def test_a_flood_of_refusals_fills_no_table() -> None:
    await in_thread(make, 1)
    for _ in range(30):
        assert (await opened()).status == 401
    assert len(await in_thread(anomalies)) == 1


# --- two keys ------------------------------------------------------------------------------------


async def test_while_a_key_is_changed_both_are_good_and_using_the_new_one_ends_the_old() -> None:
    charger = await in_thread(make, 1)
    await in_thread(credentials.keep, charger, "aa" * 20)
    await is_admitted(await opened(headers=basic()))
    assert len(await in_thread(keys)) == 2
    await is_admitted(await opened(headers=basic(password="aa" * 20)))
    assert [state for state, _ in await in_thread(keys)] == [CredentialState.ACTIVE]
    assert (await opened(headers=basic())).status == 401


@pytest.mark.parametrize(
    ("wanted", "proof"),
    [(1, {"headers": basic()}), (2, {"headers": basic(), "tls": True}), (3, {})],
)
async def test_a_profile_to_come_holds_from_when_it_is_first_shown(
    wanted: int, proof: dict[str, Any]
) -> None:
    await in_thread(partial(make, 0, wanted_profile=wanted))
    await is_admitted(await opened())
    assert (await in_thread(state)).security_profile == 0
    await is_admitted(await opened(**(proof or {"client": AUTHORITY.issue("CP1")})))
    charger = await in_thread(state)
    assert (charger.security_profile, charger.wanted_profile) == (wanted, None)
    assert (await opened()).status in (401, 403)
