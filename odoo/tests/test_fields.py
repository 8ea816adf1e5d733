"""The password is nowhere in clear but on the instance."""

import base64
import hashlib

import pytest
from cryptography.fernet import Fernet
from django.core import serializers
from django.db import connection
from pytest_django import Settings

from accounts.sealed import SealedTextField
from odoo.fields import StoredPasswordField
from odoo.models import Instance

pytestmark = pytest.mark.django_db


def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM odoo_instance")
        return str(cursor.fetchone()[0])


@pytest.fixture
def one() -> Instance:
    return Instance.objects.create(
        name="Main", url="https://odoo.example.com", database="d", user="u", password="pässword"
    )


def test_it_is_sealed_in_the_database(one: Instance) -> None:
    assert "pässword" not in stored()
    assert Instance.objects.get().password == "pässword"


def test_a_dump_does_not_carry_it(one: Instance) -> None:
    dump = serializers.serialize("json", Instance.objects.all())
    assert "pässword" not in dump
    assert '"password": ""' in dump


def test_the_key_can_be_changed(one: Instance, settings: Settings) -> None:
    settings.STORED_SECRETS_OLD_KEYS = [settings.STORED_SECRETS_KEY]
    settings.STORED_SECRETS_KEY = "new"
    Instance.objects.get().save()
    settings.STORED_SECRETS_OLD_KEYS = []
    assert Instance.objects.get().password == "pässword"


def test_without_its_key_it_reads_as_empty(
    one: Instance, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.STORED_SECRETS_KEY = "another"
    assert Instance.objects.get().password == ""
    assert "STORED_SECRETS_KEY has changed" in caplog.text


def test_it_does_not_hang_on_the_secret_key(one: Instance, settings: Settings) -> None:
    settings.SECRET_KEY = "another"
    assert Instance.objects.get().password == "pässword"


def test_what_was_sealed_before_opens(settings: Settings) -> None:
    """The keys are derived as they always were: stored passwords stay readable."""
    settings.STORED_SECRETS_KEY = "a-key-of-this-node"
    key = base64.urlsafe_b64encode(hashlib.sha256(b"stored password:a-key-of-this-node").digest())
    field = StoredPasswordField()
    assert field.from_db_value(Fernet(key).encrypt(b"secret").decode(), None, None) == "secret"
    settings.SECRET_KEY = "another"
    key = base64.urlsafe_b64encode(hashlib.sha256(b"sealed:another").digest())
    sealed = SealedTextField()
    assert sealed.from_db_value(Fernet(key).encrypt(b"word").decode(), None, None) == "word"
