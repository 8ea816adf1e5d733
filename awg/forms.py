"""The form of the calculator: text of a person to a circuit."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from awg.domain import CannotSize, Circuit, Result, size
from awg.domain.circuit import RATINGS_C
from awg.models import ConduitKind, Material

_CLASSES = {"Select": "form-select", "CheckboxInput": "form-check-input"}
_RATINGS = [(rating, f"{rating} °C") for rating in RATINGS_C]


class CircuitForm(forms.Form):
    """What the page asks; what is left empty is as `Circuit` has it."""

    power_w = forms.DecimalField(label=_("Power (W)"), required=False)
    current_a = forms.DecimalField(label=_("or current (A)"), required=False)
    voltage_v = forms.DecimalField(label=_("Voltage (V)"))
    phases = forms.TypedChoiceField(
        label=_("Phases"),
        coerce=int,
        choices=[
            (1, _("1: line and neutral (127 V)")),
            (2, _("2: two lines (220 V)")),
            (3, _("3: three lines (220 V, 440 V)")),
        ],
    )
    length_m = forms.DecimalField(label=_("Length, one way (m)"))
    material = forms.ChoiceField(label=_("Conductor"), choices=Material.choices)
    rating_c = forms.TypedChoiceField(label=_("Insulation"), coerce=int, choices=_RATINGS)
    terminal_c = forms.TypedChoiceField(label=_("Terminals"), coerce=int, choices=_RATINGS)
    ambient_c = forms.DecimalField(label=_("Temperature around it (°C)"))
    conductors = forms.IntegerField(
        label=_("Conductors with current in the conduit"),
        required=False,
        help_text=_("Of all circuits in it; empty: only of this one."),
    )
    max_drop_percent = forms.DecimalField(label=_("Greatest drop of voltage (%)"))
    sets = forms.IntegerField(label=_("Sets in parallel"))
    conduit = forms.ChoiceField(label=_("Conduit"), choices=ConduitKind.choices)
    neutral = forms.BooleanField(label=_("With a neutral (three phases)"), required=False)
    continuous = forms.BooleanField(label=_("For three hours or more"), required=False)

    #: What the page shows before anything is asked: a charger of 7.4 kW, 30 m away.
    START: dict[str, Any] = {
        "power_w": 7400,
        "voltage_v": 220,
        "phases": 2,
        "length_m": 30,
        "material": Material.COPPER.value,
        "rating_c": 75,
        "terminal_c": 75,
        "ambient_c": 30,
        "max_drop_percent": 3,
        "sets": 1,
        "conduit": ConduitKind.EMT.value,
        "continuous": True,
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            widget = field.widget
            widget.attrs["class"] = _CLASSES.get(type(widget).__name__, "form-control")
            if isinstance(field, forms.DecimalField):
                widget.attrs["step"] = "any"
        self.result: Result | None = None

    def clean(self) -> dict[str, Any]:
        """Calculate, so that what is wrong stands beside its field."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                self.result = size(Circuit(**cleaned))
            except CannotSize as error:
                self.add_error(error.field or None, str(error))
        return cleaned

    @classmethod
    def with_start(cls, asked: dict[str, str]) -> "CircuitForm":
        """A form bound to a query; before there is one, to the start values."""
        return cls(asked or dict(cls.START))
