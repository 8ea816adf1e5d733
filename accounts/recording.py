"""What the audit is told of people: credits, rights, logins of staff; and of allowed networks.

By signals, so that no door can forget it. Tokens, exports and erasures are recorded by the
functions that do them. But for credits nothing is recorded where nobody acts: the node by itself
changes no people, and tests and demonstrations make many.
"""

from typing import Any, Final

from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_logged_in
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save

from accounts.models import RFID, Credit, User
from audit import domain as audit
from audit.watching import watch
from outgoing.models import AllowedNetwork

#: What makes a user more than a driver, and what opens the door.
_RIGHTS: Final = ("is_active", "is_staff", "is_superuser")
_BEFORE: Final = "rights_before"


def connect() -> None:
    """Connect the receivers; called once, when the apps are ready."""
    post_save.connect(_credit_saved, sender=Credit, dispatch_uid="accounts.audit_credit")
    pre_save.connect(_user_changes, sender=User, dispatch_uid="accounts.audit_user_before")
    post_save.connect(_user_saved, sender=User, dispatch_uid="accounts.audit_user")
    post_delete.connect(_user_deleted, sender=User, dispatch_uid="accounts.audit_user_deleted")
    post_save.connect(_card_saved, sender=RFID, dispatch_uid="accounts.audit_card")
    post_delete.connect(_card_deleted, sender=RFID, dispatch_uid="accounts.audit_card_deleted")
    user_logged_in.connect(_logged_in, dispatch_uid="accounts.audit_login")
    watch(AllowedNetwork, "allowed_network")
    for through, name in (
        (User.groups.through, "roles"),
        (User.user_permissions.through, "permissions"),
        (Group.permissions.through, "role_permissions"),
    ):
        m2m_changed.connect(_related_changed, sender=through, dispatch_uid=f"accounts.audit_{name}")


def _credit_saved(sender: Any, instance: Credit, **kwargs: Any) -> None:
    after = {"account": instance.account_id, "amount_kwh": str(instance.amount_kwh)}
    audit.record("credit.added", instance, after=after, user_pk=instance.created_by_id)


def _user_changes(sender: Any, instance: User, update_fields: Any = None, **kwargs: Any) -> None:
    """Keep what the user was until now; a login, which saves its moment only, costs nothing."""
    setattr(instance, _BEFORE, None)
    if audit.current() is None:
        return
    watched = (*_RIGHTS, "password")
    if update_fields is not None and not set(update_fields) & set(watched):
        return
    if instance.pk is not None:
        setattr(instance, _BEFORE, User.objects.filter(pk=instance.pk).values(*watched).first())


def _user_saved(sender: Any, instance: User, created: bool, **kwargs: Any) -> None:
    now = {name: getattr(instance, name) for name in _RIGHTS}
    if audit.current() is None:
        return
    if created:
        audit.record("user.added", instance, after=now)
        return
    before: dict[str, Any] | None = getattr(instance, _BEFORE, None)
    if before is None:
        return
    if before.pop("password") != instance.password:
        audit.record("password.changed", instance)
    changed = [name for name in _RIGHTS if before[name] != now[name]]
    if changed:
        was = {name: before[name] for name in changed}
        audit.record("rights.changed", instance, before=was, after={n: now[n] for n in changed})


def _user_deleted(sender: Any, instance: User, **kwargs: Any) -> None:
    if audit.current() is not None:
        audit.record("user.deleted", instance)


def _card_saved(sender: Any, instance: RFID, created: bool, **kwargs: Any) -> None:
    if audit.current() is None:
        return
    after = {"user": instance.user_id, "allowed": instance.allowed}
    audit.record("card.added" if created else "card.changed", instance, after=after)


def _card_deleted(sender: Any, instance: RFID, **kwargs: Any) -> None:
    if audit.current() is not None:
        audit.record("card.deleted", instance)


def _logged_in(sender: Any, user: User, **kwargs: Any) -> None:
    if user.is_staff:
        audit.record("staff.logged_in", user, user_pk=user.pk)


def _related_changed(
    sender: Any, instance: Model, action: str, reverse: bool, pk_set: Any, **kwargs: Any
) -> None:
    """Groups of a user, permissions of a user or of a group: what came and what went."""
    deeds = {"post_add": "rights.added", "post_remove": "rights.removed"}
    if audit.current() is None:
        return
    if action == "pre_clear":
        audit.record("rights.cleared", instance, before={"of": _what(sender)})
    elif action in deeds and pk_set:
        after = {"of": _what(sender), "numbers": sorted(pk_set), "from_the_other_side": reverse}
        audit.record(deeds[action], instance, after=after)


def _what(through: type[Model]) -> str:
    return through._meta.label_lower
