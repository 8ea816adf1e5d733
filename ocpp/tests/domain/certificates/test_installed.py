"""What charge points trust: told, installed, deleted."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from audit.models import Record
from ocpp import operations
from ocpp.domain import commands
from ocpp.domain.certificates import installed
from ocpp.domain.errors import NotFound
from ocpp.models import Charger, Command, InstalledCertificate
from ocpp.tests.certifying import ec_key, make_certificate, make_root, name, pem
from ocpp.tests.commanding import make_charger

pytestmark = pytest.mark.django_db
CENTRAL = "CentralSystemRootCertificate"
MAKER = "ManufacturerRootCertificate"


@pytest.fixture
def charger(db: None) -> Charger:
    return make_charger()


def answer(command: Command, **response: Any) -> None:
    assert commands.claim_next(command.charger_id, 1, timezone.now()) == command
    commands.answered(command.pk, 1, response, timezone.now())


def listing(charger: Charger, *told: installed.HashData, kind: str = CENTRAL) -> None:
    command = operations.get_installed_certificate_ids(charger, certificate_type=kind)
    status = "Accepted" if told else "NotFound"
    answer(command, status=status, certificates=[one._asdict() for one in told])


def rows(charger: Charger) -> list[tuple[str, str, str]]:
    return list(
        InstalledCertificate.objects.filter(charger=charger).values_list(
            "certificate_type", "serial_number", "subject"
        )
    )


def data(serial: str) -> installed.HashData:
    return installed.HashData("SHA384", "ab", "cd", serial)


def test_what_it_tells_replaces_what_it_told(charger: Charger) -> None:
    listing(charger, data("1"), data("2"), data("1"))
    listing(charger, data("9"), kind=MAKER)
    listing(charger, data("2"), data("3"))
    assert rows(charger) == [(CENTRAL, "2", ""), (CENTRAL, "3", ""), (MAKER, "9", "")]
    listing(charger)
    assert rows(charger) == [(MAKER, "9", "")]


def test_what_it_installs_is_known_by_name(charger: Charger) -> None:
    root = make_root("Acme Root")
    command = operations.install_certificate(charger, certificate_type=MAKER, certificate=pem(root))
    answer(command, status="Accepted")
    named = installed.hash_data(root)
    assert rows(charger) == [(MAKER, f"{root.serial_number:x}", "CN=Acme Root")]
    assert len(named.issuer_name_hash) == len(named.issuer_key_hash) == 64
    # It tells it with other hashes, and the serial number written in another way.
    told = named.serial_number.upper()
    assert installed._number(f"0{told}") == named.serial_number
    listing(charger, data(told), kind=MAKER)
    assert rows(charger) == [(MAKER, told, "CN=Acme Root")]


@pytest.mark.parametrize("status", ["Rejected", "Failed"])
def test_what_it_refuses_is_not_installed(charger: Charger, status: str) -> None:
    command = operations.install_certificate(
        charger, certificate_type=MAKER, certificate=pem(make_root())
    )
    answer(command, status=status)
    assert rows(charger) == []


def test_of_one_that_is_no_root_the_hashes_are_not_known(charger: Charger) -> None:
    key = ec_key()
    certificate = make_certificate(name("Sub"), key.public_key(), name("Root"), ec_key())
    command = operations.install_certificate(
        charger, certificate_type=MAKER, certificate=pem(certificate)
    )
    answer(command, status="Accepted")
    assert rows(charger) == []


@pytest.mark.parametrize(("status", "left"), [("Accepted", 1), ("NotFound", 1), ("Failed", 2)])
def test_what_it_deletes_is_gone(charger: Charger, status: str, left: int) -> None:
    listing(charger, data("1A"), data("2"))
    row = InstalledCertificate.objects.get(serial_number="1A")
    command = operations.delete_certificate(charger, installed=row.pk)
    assert command.payload == data("1A")._asdict()
    answer(command, status=status)
    assert len(rows(charger)) == left


def test_the_audit_has_who_had_it_installed_and_removed(charger: Charger) -> None:
    boss = User.objects.create_user("boss")
    root = make_root("Acme Root")
    install = operations.install_certificate(
        charger, certificate_type=MAKER, certificate=pem(root), user=boss
    )
    answer(install, status="Accepted")
    row = InstalledCertificate.objects.get()
    facts = {
        "charger_id": charger.pk,
        "certificate_type": MAKER,
        "subject": "CN=Acme Root",
        "serial_number": f"{root.serial_number:x}",
    }
    told = Record.objects.get(deed="certificate.installed")
    assert (told.user_pk, told.subject_pk) == (boss.pk, str(row.pk))
    assert (told.before, told.after) == (None, facts)
    remove = operations.delete_certificate(charger, installed=row.pk, user=boss)
    answer(remove, status="Accepted")
    told = Record.objects.get(deed="certificate.removed")
    assert (told.user_pk, told.subject_pk) == (boss.pk, str(row.pk))
    assert (told.before, told.after) == (facts, None)


def test_the_audit_has_nothing_of_what_was_refused(charger: Charger) -> None:
    listing(charger, data("1"))
    row = InstalledCertificate.objects.get()
    root = pem(make_root())
    install = operations.install_certificate(charger, certificate_type=MAKER, certificate=root)
    answer(install, status="Rejected")
    answer(operations.delete_certificate(charger, installed=row.pk), status="Failed")
    assert not Record.objects.filter(deed__startswith="certificate.").exists()


def test_another_charger_s_number_is_none(charger: Charger) -> None:
    listing(charger, data("1"))
    number = InstalledCertificate.objects.get().pk
    with pytest.raises(NotFound, match=f"CP2 has told of no installed certificate {number}"):
        operations.delete_certificate(make_charger("CP2"), installed=number)
