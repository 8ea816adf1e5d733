"""Adding and changing rows by the rules of their own fields, whoever asks."""

from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

M = TypeVar("M", bound=models.Model)


class Taken(Exception):
    """Another row has what has to be one row's own; the message says which field."""


def save(row: M, **changes: Any) -> M:
    """Set `changes` on a row, check all of it, and save it.

    Raises ValidationError, which names the fields, and Taken.
    """
    for name, value in changes.items():
        setattr(row, name, value)
    check(row)
    try:
        with transaction.atomic():
            if row._state.adding:
                row.save()
            elif changes:
                row.save(update_fields=list(changes))
    except IntegrityError:
        # Somebody was faster.
        raise Taken(_("Somebody has just added the same.")) from None
    return row


def check(row: models.Model) -> None:
    """Raise ValidationError or Taken unless a row keeps the rules of its fields."""
    try:
        row.full_clean()
    except ValidationError as error:
        _raise_taken(error)
        raise


def _raise_taken(error: ValidationError) -> None:
    for name, problems in error.error_dict.items():
        for problem in problems:
            if problem.code in ("unique", "unique_together"):
                raise Taken(f"{name}: {' '.join(problem.messages)}") from None
