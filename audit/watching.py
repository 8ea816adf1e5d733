"""Rows whose every change is recorded, by signals, so that no door can forget it."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from django.db.models import Model
from django.db.models.signals import post_delete, post_save, pre_save

from audit.actor import current
from audit.domain import record

_BEFORE: Final = "audit_before"


def watch(model: type[Model], name: str) -> None:
    """Record what somebody adds to, changes in and removes from the table of `model`.

    As `name.added`, `name.changed` and `name.removed`, with the values before and after. Not what
    the node does by itself, nor what goes past `save` (`QuerySet.update`).
    """
    for signal, receiver in ((pre_save, _saving), (post_save, _saved), (post_delete, _deleted)):
        signal.connect(
            partial(receiver, name),
            sender=model,
            dispatch_uid=f"audit.{name}.{receiver.__name__}",
            weak=False,
        )


def _saving(name: str, sender: type[Model], instance: Model, raw: bool, **kwargs: Any) -> None:
    known = None
    if current() is not None and not raw and not instance._state.adding:
        known = sender._base_manager.filter(pk=instance.pk).first()
    setattr(instance, _BEFORE, None if known is None else _values(known))


def _saved(
    name: str, sender: type[Model], instance: Model, created: bool, raw: bool, **kwargs: Any
) -> None:
    if current() is None or raw:
        return
    now = _values(instance)
    before: Mapping[str, Any] | None = getattr(instance, _BEFORE, None)
    if created or before is None:
        record(f"{name}.added", instance, after=now)
        return
    changed = [field for field, value in now.items() if before[field] != value]
    if changed:
        was = {field: before[field] for field in changed}
        record(f"{name}.changed", instance, before=was, after={f: now[f] for f in changed})


def _deleted(name: str, sender: type[Model], instance: Model, **kwargs: Any) -> None:
    if current() is not None:
        record(f"{name}.removed", instance, before=_values(instance))


def _values(instance: Model) -> dict[str, Any]:
    """The columns but for the number, as Python has them."""
    return {
        field.attname: field.to_python(getattr(instance, field.attname))
        for field in instance._meta.concrete_fields
        if not field.primary_key
    }
