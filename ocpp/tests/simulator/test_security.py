"""Certificates, passwords and security profiles of a simulated charge point."""

import base64
from ssl import SSLContext

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from ocpp.simulator import SimulatorConfig
from ocpp.simulator.access import Access
from ocpp.simulator.trust import CENTRAL, MANUFACTURER, Trust, hash_data
from ocpp.tests.simulator.certificates import Authority, pem
from ocpp.tests.simulator.conftest import running
from ocpp.tests.simulator.test_calls import waiting


def test_hash_data_is_that_of_ocsp():
    root = Authority().root
    request = ocsp.OCSPRequestBuilder().add_certificate(root, root, hashes.SHA384()).build()
    assert hash_data(root, "SHA384") == {
        "hashAlgorithm": "SHA384",
        "issuerNameHash": request.issuer_name_hash.hex(),
        "issuerKeyHash": request.issuer_key_hash.hex(),
        "serialNumber": f"{request.serial_number:x}",
    }


async def test_roots_are_installed_listed_and_deleted(central, make):
    authority = Authority()
    point = make(autostart=False)
    async with running(point):
        await waiting(central)
        listed = {"certificateType": CENTRAL}
        assert await central.call("GetInstalledCertificateIds", listed) == {"status": "NotFound"}
        for certificate, status in [
            (pem(authority.root), "Accepted"),
            ("nonsense", "Rejected"),
            (pem(Authority(days=-1).root), "Rejected"),
        ]:
            install = {"certificateType": CENTRAL, "certificate": certificate}
            assert await central.call("InstallCertificate", install) == {"status": status}
        answer = await central.call("GetInstalledCertificateIds", listed)
        assert answer == {"status": "Accepted", "certificateHashData": [hash_data(authority.root)]}
        others = {"certificateType": MANUFACTURER}
        assert await central.call("GetInstalledCertificateIds", others) == {"status": "NotFound"}
        wanted = {"certificateHashData": hash_data(authority.root, "SHA512")}
        assert await central.call("DeleteCertificate", wanted) == {"status": "Accepted"}
        assert await central.call("DeleteCertificate", wanted) == {"status": "NotFound"}
        point.stop()


async def test_a_certificate_of_its_own(central, make):
    authority = Authority()
    trigger = {"requestedMessage": "SignChargePointCertificate"}
    point = make(autostart=False)
    async with running(point):
        await waiting(central)
        await central.call("ChangeConfiguration", {"key": "CpoName", "value": "Arthexis"})
        assert await central.call("ExtendedTriggerMessage", trigger) == {"status": "Accepted"}
        await central.until(lambda: central.sent("SignCertificate"))
        (asked,) = central.sent("SignCertificate")
        subject = x509.load_pem_x509_csr(asked["csr"].encode()).subject
        assert subject.rfc4514_string() == "O=Arthexis,CN=CP1"
        for chain, status in [
            (authority.answer(asked["csr"], subject="CP2"), "Rejected"),
            (authority.answer(asked["csr"], days=-1), "Rejected"),
            (pem(authority.root), "Rejected"),
            (authority.answer(asked["csr"]) + pem(authority.root), "Accepted"),
        ]:
            answer = await central.call("CertificateSigned", {"certificateChain": chain})
            assert answer == {"status": status}
        await central.until(lambda: len(central.sent("SecurityEventNotification")) == 3)
        point.stop()
    assert point.trust.own is not None


async def test_a_new_password_holds_from_the_next_connection(central, make):
    point = make(autostart=False, password="the first password")
    async with running(point):
        await waiting(central)
        for value, status in [("short", "Rejected"), ("the second password", "Accepted")]:
            change = {"key": "AuthorizationKey", "value": value}
            assert await central.call("ChangeConfiguration", change) == {"status": status}
        told = await central.call("GetConfiguration", {})
        assert "second" not in str(told)
        await central.drop()
        await central.until(lambda: len(central.authorizations) == 2)
        point.stop()
    passwords = [base64.b64decode(a.split()[1]).decode() for a in central.authorizations]
    assert passwords == ["CP1:the first password", "CP1:the second password"]


async def test_the_security_profile_rises_and_never_falls(central, make):
    point = make(autostart=False)
    async with running(point):
        await waiting(central)

        async def change(key, value):
            answer = await central.call("ChangeConfiguration", {"key": key, "value": value})
            return answer["status"]

        assert await change("SecurityProfile", "1") == "Rejected"
        assert await change("AuthorizationKey", "a key of 20 letters.") == "Accepted"
        assert await change("SecurityProfile", "1") == "Accepted"
        await central.until(lambda: len(central.sent("BootNotification")) == 2)
        assert await change("SecurityProfile", "0") == "Rejected"
        assert await change("SecurityProfile", "3") == "Rejected"
        (entry,) = (await central.call("GetConfiguration", {"key": ["SecurityProfile"]}))[
            "configurationKey"
        ]
        assert entry["value"] == "1"
        point.stop()
    assert [bool(a) for a in central.authorizations] == [False, True]


def test_tls_is_spoken_with_what_was_installed():
    trust = Trust("CP1")
    access = Access(SimulatorConfig(cp_path="CP1", ws_port=80, wss_port=443), trust)
    authority = Authority()
    assert trust.install(CENTRAL, pem(authority.root)) == "Accepted"
    assert trust.take(authority.answer(trust.request(""))) is True
    assert access.rise(3)
    config = access.config()
    assert config.url == "wss://127.0.0.1:443/CP1"
    context = config.ssl
    assert isinstance(context, SSLContext)
    assert authority.root.public_bytes(Encoding.DER) in context.get_ca_certs(binary_form=True)


@pytest.mark.parametrize("profile", [-1, 4])
def test_no_such_security_profile(profile):
    access = Access(SimulatorConfig(password="x" * 20), Trust("SIM1"))
    assert not access.rise(profile)
