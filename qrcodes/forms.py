"""The form of the generator: a query to a code that phones read, or to what is wrong with it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from qrcodes.domain import drawing
from qrcodes.domain.drawing import Design, Level
from qrcodes.models import MAX_BYTES


class ColourField(forms.CharField):
    """A colour as `#rrggbb`; typed addresses may leave the sign out, or write `#rgb`."""

    widget = forms.TextInput(attrs={"type": "color", "class": "form-control form-control-color"})

    def to_python(self, value: Any) -> str:
        """The colour as `#rrggbb`."""
        text = super().to_python(value)
        try:
            return drawing.colour(text or "")
        except ValueError:
            message = _("%(value)s is no colour: write it as #1a2b3c.")
            raise ValidationError(message, params={"value": text}) from None

    def prepare_value(self, value: Any) -> Any:
        """Browsers show `#rrggbb` only."""
        try:
            return drawing.colour(str(value))
        except ValueError:
            return value


def _number(label: Any, limits: tuple[int, int]) -> forms.IntegerField:
    """Browsers keep to the limits; what else comes is judged with the whole drawing."""
    attrs = {"class": "form-control", "min": limits[0], "max": limits[1]}
    return forms.IntegerField(label=label, widget=forms.NumberInput(attrs=attrs))


class CodeForm(forms.Form):
    """What can be asked for; what an address leaves out is as in `START`."""

    text = forms.CharField(
        label=_("Text or address"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control", "maxlength": MAX_BYTES}),
        help_text=_("What a phone reads from the code, such as https://example.com/"),
    )
    size = _number(_("Size (pixels)"), drawing.SIDES_PX)
    quiet = _number(_("Margin (squares)"), drawing.QUIET_ZONES)
    level = forms.ChoiceField(
        label=_("May be damaged"),
        choices=Level.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
        help_text=_("More makes the squares smaller."),
    )
    dark = ColourField(label=_("Squares"))
    light = ColourField(label=_("Background"))

    START: dict[str, Any] = {
        "size": 400,
        "quiet": drawing.QUIET_ZONE,
        "level": Level.M.value,
        "dark": "#000000",
        "light": "#ffffff",
    }

    @classmethod
    def of_query(cls, asked: Mapping[str, str]) -> "CodeForm":
        """Bound to a query that has a text; otherwise as the page begins."""
        known = {name: asked[name] for name in cls.base_fields if name in asked}
        data = {**cls.START, **known}
        return cls(data) if "text" in asked else cls(initial=data)

    @property
    def design(self) -> Design:
        """How a valid form wants the code to look."""
        said = self.cleaned_data
        return Design(said["dark"], said["light"], said["level"], said["quiet"])

    @property
    def query(self) -> str:
        """What a valid form asks, as the query of an address."""
        return urlencode({name: self.cleaned_data[name] for name in self.fields})

    @property
    def first_error(self) -> str:
        """What is wrong, as one sentence with its field."""
        return next((f"{name}: {texts[0]}" for name, texts in self.errors.items()), "")

    def clean(self) -> dict[str, Any]:
        """What the rules say of it stands beside its field."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                drawing.check(cleaned["text"], self.design, cleaned["size"])
            except ValidationError as error:
                self.add_error(None, error)
        return cleaned
