"""Identifiers that are written in many ways and stored in one: card UIDs and VINs.

Both are normalised by the model field itself, so every way to the database (`save`,
`create`, `bulk_create`, `update`, forms, imports, look-ups) stores and finds the same text.
"""

import re
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

#: The 4-, 7- or 10-byte UID of ISO 14443, as a database and Python can both read it.
UID_PATTERN = r"\A([0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20})\Z"
#: ISO 3779: 17 characters; I, O and Q are left out because they look like 1 and 0.
VIN_PATTERN = r"\A[0-9A-HJ-NPR-Z]{17}\Z"

_SEPARATORS = re.compile(r"[\s:-]+")

validate_uid = RegexValidator(
    UID_PATTERN, _("A card identifier has 8, 14 or 20 hexadecimal digits (0-9, A-F).")
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


def is_uid(text: str) -> bool:
    """Whether `text` is a normalised card UID."""
    return re.match(UID_PATTERN, text) is not None


class _CodeFormField(forms.CharField):
    """Accepts the spellings that `normalise` knows; its length limit is that of the code."""

    def to_python(self, value: Any) -> str:
        return normalise(super().to_python(value) or "")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        attrs = super().widget_attrs(widget)
        attrs.pop("maxlength", None)  # separators are typed too
        return attrs


class CodeField(models.CharField):
    """Text that is normalised wherever it comes from."""

    # Django also prepares values for the database and for look-ups with `to_python`.
    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return normalise(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = super().pre_save(model_instance, add)
        if isinstance(value, str):  # and not an expression
            value = normalise(value)
            setattr(model_instance, self.attname, value)
        return value

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": _CodeFormField, **kwargs})


class UIDField(CodeField):
    """The UID of a contactless card."""

    default_validators = [validate_uid]


class VINField(CodeField):
    """A vehicle identification number."""

    default_validators = [validate_vin]
