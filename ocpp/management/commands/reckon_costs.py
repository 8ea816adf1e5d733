"""Reckon the costs of finished sessions again: check them, or make those that are missing."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils import timezone

from ocpp.domain.tariffs import costs
from ocpp.models import Transaction

_EACH = 500


class Command(BaseCommand):
    """`reckon_costs` makes missing costs, `reckon_costs --check` changes nothing."""

    help = (
        "Reckons what finished sessions cost, by the tariff in force when they started. Makes the "
        "costs that are missing: of sessions from before there was a tariff. With --check it only "
        "compares what is stored with what is reckoned now."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing, tell differences")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        """Raises CommandError when a stored cost is not what is reckoned."""
        sessions = Transaction.objects.filter(stop_time__isnull=False, needs_review=False)
        sessions = sessions.select_related("charger", "cost").order_by("pk")
        if not check:
            sessions = sessions.filter(cost=None)
        done, changed = self._go_through(sessions, sessions.count(), check=check)
        if check and changed:
            raise CommandError(
                f"{changed} of {done} costs are not what is reckoned from the facts."
            )
        word = "as reckoned" if check else f"looked at, {changed} costs made"
        self.stdout.write(f"{done} sessions {word}.")

    def _go_through(
        self, sessions: QuerySet[Transaction], total: int, *, check: bool
    ) -> tuple[int, int]:
        done = changed = 0
        for session in sessions.iterator(chunk_size=_EACH):
            changed += self._differs(session) if check else self._make(session)
            done += 1
            if sys.stderr.isatty() and (done % _EACH == 0 or done == total):
                self.stderr.write(f"\r{done}/{total}", ending="" if done < total else "\n")
        return done, changed

    def _make(self, session: Transaction) -> bool:
        return costs.record(session, timezone.now()) is not None

    def _differs(self, session: Transaction) -> bool:
        stored = getattr(session, "cost", None)
        if stored is None:
            return False
        reckoned = [
            (line.component, line.label, line.quantity, line.unit_price, line.amount)
            for line in costs.lines_of(session, stored.version)
        ]
        kept = list(
            stored.lines.values_list("component", "label", "quantity", "unit_price", "amount")
        )
        if reckoned == kept:
            return False
        self.stderr.write(f"transaction {session.pk}: stored {kept}, reckoned {reckoned}")
        return True
