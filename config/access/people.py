"""The people who ask, and what belongs to one of them: all rows have one number."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, models, transaction
from django.test import Client

from accounts.domain import roles
from accounts.models import RFID, Account, Address, ApiToken, Credit, User, Vehicle
from config.access.addresses import CHARGER, NUMBER
from ocpp.choices import TransactionState
from ocpp.models import Charger, Connector, Reservation, Transaction

VISITOR: Final = "visitor"
DRIVER: Final = "driver"
#: The driver whose things the others ask for.
OWNER: Final = "owner"
#: Everybody who asks, in the order of the table's columns.
WHO: Final = (VISITOR, DRIVER, OWNER, "viewer", "operator", "accountant", "administrator")

#: What tells the owner's data from everybody else's.
MARKS: Final = (
    *("owner-of-seven", "Quetzalcoatl", "owner@seven.example", "CAFE0007"),
    *("1M8GDM9AXKP042788", "Calle Siete"),
)
#: Models of charging of which a row of guessed values makes sense; of other apps all are tried.
_GUESSED: Final = frozenset(
    (
        *("unknowntag", "command", "bulkcommand", "chargergroup", "tariff", "tariffversion"),
        *("orphanstop", "holiday", "securityevent", "anomaly"),
    )
)
_MOMENT: Final = datetime(2026, 1, 7, 12, tzinfo=UTC)
#: What is overdue is marked so by whoever looks: nothing here is.
_LATER: Final = datetime(2100, 1, 7, 12, tzinfo=UTC)
#: Fields that hold a time to come, and a list, in whatever model they are.
_AHEAD: Final = frozenset(("expires", "next_renewal"))
_LISTS: Final = frozenset(("to",))


def make() -> dict[str, str]:
    """Make everybody and everything; the session keys by who it is ("" for a visitor)."""
    keys = {VISITOR: ""}
    owner = _owner()
    for name in WHO[1:]:
        user = owner if name == OWNER else User.objects.create_user(f"asks-as-{name}")
        roles.give(user, name if name in roles.BY_NAME else DRIVER)
        Account.objects.get_or_create(user=user)
        client = Client()
        client.force_login(user, "accounts.backends.PasswordBackend")
        keys[name] = client.cookies[settings.SESSION_COOKIE_NAME].value
    _things(owner)
    _all_other_rows(owner)
    return keys


def _owner() -> User:
    home = Address.objects.create(
        pk=NUMBER,
        street="Calle Siete",
        number="7",
        municipality="Monterrey",
        state="NL",
        postal_code="64000",
    )
    owner = User(pk=NUMBER, username=MARKS[0], last_name=MARKS[1], email=MARKS[2], address=home)
    owner.set_unusable_password()
    owner.save()
    return owner


def _things(owner: User) -> None:
    Account.objects.filter(user=owner).delete()  # it has another number
    theirs = Account.objects.create(pk=NUMBER, user=owner)
    card = RFID.objects.create(pk=NUMBER, rfid=MARKS[3], user=owner)
    Vehicle.objects.create(pk=NUMBER, account=theirs, brand="B", model="M", VIN=MARKS[4])
    Credit.objects.create(pk=NUMBER, account=theirs, amount_kwh=Decimal(7))
    ApiToken.objects.create(pk=NUMBER, user=owner, name="of seven", prefix="seven007", digest="-")
    charger = Charger.objects.create(pk=NUMBER, charger_id=CHARGER)
    Connector.objects.update_or_create(charger=charger, connector_id=1, defaults={"id": NUMBER})
    Transaction.objects.create(
        pk=NUMBER,
        charger=charger,
        connector_id=1,
        state=TransactionState.ACTIVE,
        id_tag=MARKS[3],
        rfid=card,
        account=theirs,
        meter_start=0,
        start_time=_MOMENT,
        start_raw="2026-01-07T12:00:00Z",
        start_received=_MOMENT,
    )
    Reservation.objects.create(
        pk=NUMBER,
        charger=charger,
        connector_id=1,
        id_tag=MARKS[3],
        rfid=card,
        account=theirs,
        expires=_LATER,
    )


def _all_other_rows(owner: User) -> None:
    """A row of each other model of the node's apps, as far as guessed values make one."""
    for model in apps.get_models():
        if model._meta.app_label not in settings.LOCAL_APPS or not model._meta.managed:
            continue
        if model._meta.app_label == "ocpp" and model._meta.model_name not in _GUESSED:
            continue
        key = model._meta.pk
        numbered = isinstance(key, models.AutoField | models.BigAutoField)
        if not numbered or model._base_manager.filter(pk=NUMBER).exists():
            continue
        try:
            with transaction.atomic():
                model(pk=NUMBER, **_values(model, owner)).save()
        except (DatabaseError, ValueError, TypeError, LookupError):
            continue  # its addresses are asked for a row that is not there


def _values(model: type[models.Model], owner: User) -> dict[str, Any]:
    """Something for each field that needs it; other rows by the number that they have."""
    values: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.primary_key or field.has_default():
            continue
        if isinstance(field, models.ForeignKey):
            related = field.related_model._base_manager.filter(pk=NUMBER).first()
            if related is not None:
                values[field.name] = related
        elif not field.null and not field.blank:
            values[field.name] = _value(field)
    return values


def _value(field: models.Field) -> Any:
    if field.choices:
        return field.flatchoices[0][0]
    if isinstance(field, models.DateTimeField):
        return _LATER if field.name in _AHEAD else _MOMENT
    if isinstance(field, models.DateField):
        return _MOMENT.date()
    if isinstance(field, models.DecimalField | models.IntegerField | models.BooleanField):
        return 1
    if isinstance(field, models.JSONField):
        return [] if field.name in _LISTS else {}
    return "seven"[: field.max_length or 5]
