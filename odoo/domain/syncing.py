"""Exchanging with instances, by schedule and by command, with a log."""

import logging
from collections.abc import Callable

from django.db import OperationalError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from odoo.domain import pulling, pushing
from odoo.domain.claiming import Busy, claimed
from odoo.domain.rpc import OdooError
from odoo.models import Instance, SyncRun
from schedules import domain as schedules

logger = logging.getLogger(__name__)

NAME = "odoo.sync"
#: How often, and how long it takes at most (s).
EVERY_S, LIMIT_S = 300, 3600
#: Runs of the log that are kept for each instance.
KEPT = 1000

_Deed = Callable[[Instance, SyncRun, Callable[[], None]], None]


def sync(instance: Instance, *, push: bool, pull: bool) -> list[SyncRun]:
    """Fetch contacts, then send sessions, as far as is asked for; returns the runs of the log.

    Raises Busy when another process does so now. What goes wrong stands in the runs.
    """
    wanted: list[tuple[SyncRun.Kind, _Deed]] = []
    if pull:
        wanted.append((SyncRun.Kind.PULL, pulling.pull))
    if push:
        wanted.append((SyncRun.Kind.PUSH, pushing.push))
    with claimed(instance) as claim:
        return [_run(instance, kind, deed, claim.renew) for kind, deed in wanted]


def _run(
    instance: Instance, kind: SyncRun.Kind, deed: _Deed, renew_claim: Callable[[], None]
) -> SyncRun:
    run = SyncRun(instance=instance, kind=kind)
    instance.refresh_from_db()
    run.save()
    try:
        deed(instance, run, renew_claim)
    except (OdooError, Busy) as error:
        run.problem = str(error)[:1000]
        logger.warning("%s with %s: %s", kind.label, instance, error)
    except Exception as error:
        run.problem = f"{type(error).__name__}: {error}"[:1000]
        raise
    finally:
        run.ended = timezone.now()
        run.save()
        _forget_old(instance)
    return run


def _forget_old(instance: Instance) -> None:
    """Keep the newest of the log, and of those in which nothing happened only the last one."""
    newest = instance.runs.values_list("pk", flat=True)
    idle = instance.runs.filter(done=0, failed=0, problem="", ended__isnull=False)
    last = [idle.filter(kind=kind).values_list("pk", flat=True).first() for kind in SyncRun.Kind]
    idle.exclude(pk__in=[pk for pk in last if pk is not None]).delete()
    old = list(newest[KEPT : KEPT + 500])
    instance.runs.filter(pk__in=old).delete()


def sync_all() -> int:
    """Exchange with all instances that want it; returns how many records went over.

    What is wrong with one, and stands in its log, holds up no other.
    """
    done = 0
    for instance in Instance.objects.all():
        if not (instance.push_sessions or instance.pull_partners):
            continue
        try:
            runs = sync(instance, push=instance.push_sessions, pull=instance.pull_partners)
        except OperationalError:
            raise
        except Busy:
            continue
        except Exception:
            logger.exception("Exchanging with %s failed", instance)
            continue
        done += sum(run.done for run in runs)
    return done


def register() -> None:
    """Register the duty, when the apps are ready."""
    schedules.register(
        NAME,
        sync_all,
        every_s=EVERY_S,
        limit_s=LIMIT_S,
        label=_("Contacts are fetched from Odoo and finished sessions are sent there."),
    )
