"""What is written in many ways and stored in one: card UIDs, groups of cards, VINs, hours.

All are normalised by the model field itself, so every way to the database (`save`,
`create`, `bulk_create`, `update`, forms, imports, look-ups) stores and finds the same text.
"""

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import hours

#: The 4-, 7- or 10-byte UID of ISO 14443, as a database and Python can both read it.
UID_PATTERN = r"\A([0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20})\Z"
#: ISO 3779: 17 characters; I, O and Q are left out because they look like 1 and 0.
VIN_PATTERN = r"\A[0-9A-HJ-NPR-Z]{17}\Z"
#: CiString20 of OCPP 1.6 (7.28, IdToken): printable ASCII, of which case does not count.
GROUP_PATTERN = r"\A[!-~]([ -~]{0,18}[!-~])?\Z"

_SEPARATORS = re.compile(r"[\s:-]+")

validate_uid = RegexValidator(
    UID_PATTERN, _("A card identifier has 8, 14 or 20 hexadecimal digits (0-9, A-F).")
)
validate_group = RegexValidator(
    GROUP_PATTERN,
    _("A group has 1 to 20 characters: English letters, digits, signs, and blanks between them."),
)
validate_vin = RegexValidator(
    VIN_PATTERN, _("A VIN has 17 letters and digits, and never the letters I, O or Q.")
)


def normalise(text: str) -> str:
    """`text` without blanks, colons and hyphens, in upper case: `04:a2-b3 c4` is `04A2B3C4`.

    Only ASCII is changed. Other text comes back as it is and is refused when validated: some
    letters have ASCII capitals (the ligature ﬀ becomes FF) and would forge an identifier.
    """
    return _SEPARATORS.sub("", text).upper() if text.isascii() else text


def normalise_group(text: str) -> str:
    """`text` without blanks around it, in upper case: charge points ignore its case.

    Only ASCII is changed, as by `normalise`.
    """
    text = text.strip()
    return text.upper() if text.isascii() else text


def is_uid(text: str) -> bool:
    """Whether `text` is a normalised card UID."""
    return re.match(UID_PATTERN, text) is not None


class _CodeFormField(forms.CharField):
    """Accepts the spellings that the model field knows; its length limit is that of the code."""

    def __init__(self, *, normalised: Callable[[str], str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._normalised = normalised

    def to_python(self, value: Any) -> str:
        return self._normalised(super().to_python(value) or "")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        attrs = super().widget_attrs(widget)
        attrs.pop("maxlength", None)  # separators are typed too
        return attrs


class CodeField(models.CharField):
    """Text that is normalised wherever it comes from."""

    normalised: Callable[[str], str] = staticmethod(normalise)

    # Django also prepares values for the database and for look-ups with `to_python`.
    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return self.normalised(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = super().pre_save(model_instance, add)
        if isinstance(value, str):  # and not an expression
            value = self.normalised(value)
            setattr(model_instance, self.attname, value)
        return value

    def formfield(self, **kwargs: Any) -> Any:
        own = {"form_class": _CodeFormField, "normalised": self.normalised}
        return super().formfield(**{**own, **kwargs})


class UIDField(CodeField):
    """The UID of a contactless card."""

    default_validators = [validate_uid]


class GroupField(CodeField):
    """The name of a group of cards: OCPP's parent id tag, which need not be a UID."""

    normalised = staticmethod(normalise_group)
    default_validators = [validate_group]


def validate_hours(text: str) -> None:
    """Raises `ValidationError` for what are no hours of the week."""
    try:
        hours.read(text)
    except ValueError as error:
        raise ValidationError(str(error)) from None


class HoursField(CodeField):
    """Hours of the week, as `accounts.hours` reads them; "" is no restriction."""

    normalised = staticmethod(hours.written)
    default_validators = [validate_hours]

    def get_prep_value(self, value: Any) -> Any:
        """As ever; raises `ValidationError`, so that what is stored can always be read."""
        value = super().get_prep_value(value)
        if isinstance(value, str):
            validate_hours(value)
        return value


class VINField(CodeField):
    """A vehicle identification number."""

    default_validators = [validate_vin]
