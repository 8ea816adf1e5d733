"""A number for the state of all cards, by which a change is noticed without looking at them."""

from django.db.models import F

from ocpp.models import CardsVersion

_ROW = 1


def current() -> int:
    """The number now. It only grows."""
    found = CardsVersion.objects.filter(pk=_ROW).values_list("version", flat=True).first()
    return found or 0


def bump() -> None:
    """Cards are changed in the transaction that is open: one UPDATE, however many chargers."""
    mine = CardsVersion.objects.filter(pk=_ROW)
    if not mine.update(version=F("version") + 1):
        # Another process may add the row at this very moment.
        CardsVersion.objects.bulk_create([CardsVersion(pk=_ROW)], ignore_conflicts=True)
        mine.update(version=F("version") + 1)
