"""Roles: groups with the permissions that a kind of work needs, named in one table.

After each `migrate` every role is a group that has at least what the table says. What staff have
added to a group stays; what they have taken away comes back, so whoever wants less makes a group
of another name. Models and apps that a node does not have are passed over.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit import domain as audit


@dataclass(frozen=True, slots=True)
class Role:
    """A kind of work on a node."""

    #: The name of the group, the same in every language.
    name: str
    label: str | Promise
    #: Whether who has it may use the admin and the JSON API of staff.
    staff: bool
    #: Permissions as `app.verb_model`; `*` stands for anything.
    permissions: tuple[str, ...]

    def includes(self, permission: str) -> bool:
        """Whether the role has the permission `app.verb_model`."""
        return any(fnmatchcase(permission, pattern) for pattern in self.permissions)


def _all_of(*models: str) -> tuple[str, ...]:
    """Every permission on these models."""
    return tuple(f"{label.replace('.', '.*_', 1)}" for label in models)


#: What anybody may see who works on the chargers: no person beyond the number of a card, no
#: balance, no secret.
_CHARGING_SEEN = (
    "events.view_*",
    "ocpp.view_*",
    "qrcodes.view_*",
    "awg.view_*",
    "nodes.view_*",
    "schedules.view_*",
)

ROLES: Final = (
    Role("viewer", _("Viewer"), True, _CHARGING_SEEN),
    Role(
        "operator",
        _("Operator"),
        True,
        (
            *_CHARGING_SEEN,
            "ocpp.*_charger",
            "ocpp.*_connector",
            "ocpp.*_chargergroup",
            "ocpp.*_command",
            "ocpp.*_bulkcommand",
            "ocpp.*_chargingprofile",
            "ocpp.*_reservation",
            "ocpp.*_repair",
            "ocpp.*_simulator",
            "ocpp.*_firmwarefile",
            "ocpp.*_uploadslot",
            "ocpp.change_anomaly",
            "ocpp.change_transaction",
            "ocpp.change_unknowntag",
            "ocpp.delete_connectionattempt",
            "qrcodes.*_qrlink",
            # Which programs are told what happens, and who is told by e-mail.
            *_all_of("events.webhook"),
            "events.change_delivery",
            "notifications.view_*",
            "mailer.view_*",
            "mailer.change_email",
            "subscriptions.view_*",
            # Whom a card belongs to, and the card itself; not what is on the account.
            "accounts.view_user",
            "accounts.view_address",
            "accounts.view_account",
            "accounts.view_vehicle",
            "accounts.view_rfid",
            "accounts.add_rfid",
            "accounts.change_rfid",
            # A program of one's own: a token can do no more than its user.
            *_all_of("accounts.apitoken"),
        ),
    ),
    Role(
        "accountant",
        _("Accountant"),
        True,
        (
            "ocpp.view_charger",
            "ocpp.view_connector",
            "ocpp.view_transaction",
            "ocpp.view_review",
            "ocpp.view_reservation",
            *_all_of(
                "ocpp.tariff",
                "ocpp.tariffversion",
                "ocpp.tariffprice",
                "ocpp.holiday",
                "accounts.apitoken",
            ),
            "ocpp.view_sessioncost",
            "ocpp.view_costline",
            # Receipts and reminders of renewals.
            "notifications.view_*",
            "mailer.view_*",
            "mailer.change_email",
            "accounts.view_*",
            "accounts.add_account",
            "accounts.change_account",
            "accounts.add_credit",
            "subscriptions.*",
            "odoo.*",
        ),
    ),
    Role("administrator", _("Administrator"), True, ("*",)),
    Role("driver", _("Driver"), False, ()),
)
BY_NAME: Final = {role.name: role for role in ROLES}


class UnknownRole(ValueError):
    """There is no role of this name."""


def label(group_name: str) -> str:
    """The name of a group as people read it: a role's is translated."""
    role = BY_NAME.get(group_name)
    return group_name if role is None else str(role.label)


def keep() -> None:
    """Make the groups of all roles, with the permissions that they lack; nothing is taken away."""
    known = {
        f"{app}.{code}": pk
        for pk, app, code in Permission.objects.values_list(
            "pk", "content_type__app_label", "codename"
        )
    }
    with audit.acting(None), transaction.atomic():
        for role in ROLES:
            group, _made = Group.objects.get_or_create(name=role.name)
            wanted = {pk for name, pk in known.items() if role.includes(name)}
            missing = wanted - set(group.permissions.values_list("pk", flat=True))
            if missing:
                group.permissions.add(*missing)


def of(user: User) -> list[Role]:
    """The roles that a user has, in the order of the table."""
    names = set(user.groups.values_list("name", flat=True))
    return [role for role in ROLES if role.name in names]


def give(user: User, name: str) -> Role:
    """Make this the only role of `user`, who becomes staff, or no longer is, as it says.

    Groups that are no roles stay, and so does a superuser. Raises UnknownRole.
    """
    role = BY_NAME.get(name)
    if role is None:
        raise UnknownRole(name)
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        group, _made = Group.objects.get_or_create(name=role.name)
        user.groups.remove(*user.groups.filter(name__in=BY_NAME).exclude(pk=group.pk))
        user.groups.add(group)
        staff = role.staff or user.is_superuser
        if user.is_staff != staff:
            user.is_staff = staff
            user.save(update_fields=["is_staff"])
        audit.record("role.given", user, after={"role": role.name})
    return role
