"""Users and their addresses."""

from datetime import UTC
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts import municipalities

if TYPE_CHECKING:
    from accounts.models.tokens import ApiToken

_SESSION_SALT = "accounts.models.User.second_factor"


class Address(models.Model):
    """A postal address in Coahuila or Nuevo León."""

    class State(models.TextChoices):
        """The states that have addresses, by their usual two letters."""

        COAHUILA = "CO", "Coahuila"
        NUEVO_LEON = "NL", "Nuevo León"

    street = models.CharField(_("street"), max_length=120)
    number = models.CharField(_("number"), max_length=20)
    municipality = models.CharField(_("municipality"), max_length=60)
    state = models.CharField(_("state"), max_length=2, choices=State)
    postal_code = models.CharField(
        _("postal code"),
        max_length=5,
        validators=[RegexValidator(r"\A[0-9]{5}\Z", _("A Mexican postal code has five digits."))],
    )

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        ordering = ["state", "municipality", "street", "number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="CO", municipality__in=municipalities.COAHUILA)
                | Q(state="NL", municipality__in=municipalities.NUEVO_LEON),
                name="municipality_of_state",
                violation_error_message=_("This municipality is not in this state."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.street} {self.number}, {self.municipality}, {self.get_state_display()}"

    def clean(self) -> None:
        """Refuse a municipality that is not one of its state's, and say where it is instead.

        Raises `ValidationError` for the field `municipality`.
        """
        known = municipalities.BY_STATE.get(self.state)
        if known is None or not self.municipality or self.municipality in known:
            return
        values = {"name": self.municipality, "state": self.get_state_display()}
        elsewhere = [
            Address.State(code).label
            for code, names in municipalities.BY_STATE.items()
            if self.municipality in names
        ]
        similar = get_close_matches(self.municipality, known, n=1)
        if elsewhere:
            values["elsewhere"] = elsewhere[0]
            message = _("%(name)s is in %(elsewhere)s, not in %(state)s.")
        elif similar:
            values["similar"] = similar[0]
            message = _("%(name)s is not a municipality of %(state)s: is it %(similar)s?")
        else:
            message = _("%(name)s is not a municipality of %(state)s.")
        raise ValidationError({"municipality": ValidationError(message, params=values)})


class User(AbstractUser):
    """A person: staff, driver or both."""

    phone_number = models.CharField(
        _("phone number"),
        max_length=20,
        blank=True,
        validators=[
            RegexValidator(
                r"\A\+?[0-9 ().-]{5,}\Z",
                _("Write the phone number with digits, such as +52 81 1234 5678."),
            )
        ],
    )
    address = models.ForeignKey(
        Address,
        verbose_name=_("address"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="users",
    )
    has_charger = models.BooleanField(
        _("has a charger"), default=False, help_text=_("There is a charger at this address.")
    )

    #: Since when a password alone opens no session of this user; None: it does.
    second_factor_since = models.DateTimeField(
        _("second factor since"), null=True, blank=True, editable=False
    )

    #: The token by which the user asks in this request; None for a person with a session.
    via_token: "ApiToken | None" = None

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """As ever; a token with areas has no more than these."""
        from accounts.domain import scopes

        if self.via_token is not None and not scopes.may(self.via_token, perm):
            return False
        return super().has_perm(perm, obj)

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """Sessions end with another password, and when the second factor comes or goes."""
        if self.second_factor_since is None:
            return super()._get_session_auth_hash(secret)  # type: ignore[misc]
        since = self.second_factor_since.astimezone(UTC).isoformat()
        value = f"{self.password} {since}"
        return salted_hmac(_SESSION_SALT, value, secret=secret, algorithm="sha256").hexdigest()

    def clean(self) -> None:
        """Refuse `has_charger` without the address at which the charger is.

        Raises `ValidationError` for the field `has_charger`.
        """
        super().clean()
        if self.has_charger and self.address_id is None:
            raise ValidationError({"has_charger": _("Choose the address at which the charger is.")})
