"""Kinds of values that requests bring: what a database can look for, and nothing else."""

from datetime import UTC, datetime
from typing import Annotated

from django.utils.translation import gettext as _
from ninja.errors import HttpError
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from accounts.models import User

#: The largest number of a row.
MOST = 2**63 - 1
#: Times outside of these years cannot be told in every time zone.
_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


def _printable(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("unprintable", "has characters that cannot be printed")
    return text


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        inside = _FIRST <= moment.astimezone(UTC) <= _LAST
    except OverflowError:
        inside = False
    if not inside:
        raise PydanticCustomError("out_of_time", "is a time of no use")
    return moment.astimezone(UTC)


Number = Annotated[int, Field(ge=0, le=MOST)]
#: Text of one line.
Text = Annotated[str, Field(max_length=255), AfterValidator(_printable)]
#: A time; without a zone it is in UTC.
Moment = Annotated[datetime, AfterValidator(_aware)]


def find_user(name: str) -> User:
    """The user of this name. Raises HttpError (400) where there is none."""
    user = User.objects.filter(username=name).first()
    if user is None:
        sentence = _("user: there is no user “%(name)s”.") % {"name": name[:150]}
        raise HttpError(400, sentence)
    return user


def shortened(uid: str) -> str:
    """The last digits of a card's number, as its user is told it."""
    return f"…{uid[-4:]}"
