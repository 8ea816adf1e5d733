"""One process at a time exchanges with an instance: two would make the same things twice."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from odoo.models import Instance
from schedules.domain import PROCESS

#: How long a claim lasts that is not renewed (s): much longer than one record can take.
CLAIM_S = 300


class Busy(Exception):
    """Another process exchanges with the instance now."""

    def __init__(self, instance: Instance) -> None:
        text = _("Another process exchanges with %(name)s now. Try again in a few minutes.")
        super().__init__(text % {"name": instance.name})


class Claim:
    """That this process exchanges with an instance, while it is renewed."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._word = f"{PROCESS}/{secrets.token_hex(4)}"[-64:]
        free = Q(claimed_until=None) | Q(claimed_until__lt=Now())
        if not self._rows().filter(free).update(claimed_by=self._word, claimed_until=self._until()):
            raise Busy(instance)

    def renew(self) -> None:
        """Before each record. Raises Busy when the claim had ended and another has it."""
        if not self._rows().filter(claimed_by=self._word).update(claimed_until=self._until()):
            raise Busy(self._instance)

    def release(self) -> None:
        """Let others have it."""
        mine = self._rows().filter(claimed_by=self._word)
        mine.update(claimed_by="", claimed_until=None)

    def _rows(self) -> QuerySet[Instance]:
        return Instance.objects.filter(pk=self._instance.pk)

    @staticmethod
    def _until() -> Combinable:
        return Now() + timedelta(seconds=CLAIM_S)


@contextmanager
def claimed(instance: Instance) -> Iterator[Claim]:
    """Raises Busy when another process has it."""
    claim = Claim(instance)
    try:
        yield claim
    finally:
        claim.release()
