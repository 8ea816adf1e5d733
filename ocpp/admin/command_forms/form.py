"""The form of an operation."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ocpp.admin.command_forms import suggestions, words
from ocpp.admin.command_forms.fields import EMPTY, field_for
from ocpp.admin.command_forms.rows import MORE, RowsField, in_row
from ocpp.domain.errors import DomainError, Invalid
from ocpp.domain.redaction import REDACTED, SECRET_PARTS, is_secret
from ocpp.models import Charger
from ocpp.operations import Operation

#: What Invalid names: an argument, or an entry of it, or a part of an entry.
_PLACE = re.compile(r"(?P<name>\w+)(?:\[(?P<row>\d+)\])?(?:\.(?P<column>\w+))?")


#: A form with more fields folds those away that can be left out, but for these.
MOST_AT_ONCE = 8
_ALWAYS = frozenset({"connector_id", "transaction_id"})


class CommandForm(forms.Form):
    """The arguments of an operation, for one charger or, without one, for several.

    When it is valid, `arguments` holds what `Operation.run` takes.
    """

    def __init__(
        self,
        operation: Operation[Any],
        charger: Charger | None = None,
        data: Any = None,
        given: Mapping[str, Any] | None = None,
    ) -> None:
        """`given` are arguments as JSON has them, of an earlier command."""
        super().__init__(
            data, initial=_initial(operation, given or {}), use_required_attribute=True
        )
        self.operation = operation
        self.arguments: dict[str, Any] = {}
        #: Field -> what is offered beside it.
        self.offers: dict[str, list[suggestions.Option]] = {}
        for argument in operation.arguments.values():
            self.fields[argument.name] = field_for(argument)
            self._offer(argument.name, charger)
        self._hide_secret()

    @property
    def wants_more(self) -> bool:
        """Whether only more rows are asked for."""
        return MORE in self.data

    # --- how it is shown ----------------------------------------------------------------------

    @property
    def main_fields(self) -> list[forms.BoundField]:
        """The fields that everybody sees: of many only those that matter first."""
        return [field for field in self if self._is_main(field.name)]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        """The others, folded away."""
        return [field for field in self if not self._is_main(field.name)]

    @property
    def more_open(self) -> bool:
        """Whether the others are shown: something is wrong or given there."""
        return any(field.errors or field.value() for field in self.more_fields)

    def _is_main(self, name: str) -> bool:
        few = len(self.fields) <= MOST_AT_ONCE
        return few or name in _ALWAYS or self.operation.arguments[name].required

    # --- what is offered ----------------------------------------------------------------------

    def _offer(self, name: str, charger: Charger | None) -> None:
        field = self.fields[name]
        if name == "firmware":
            self._choose(name, suggestions.firmware_files())
        elif name == "connector_id" and charger is not None:
            lowest = self.operation.arguments[name].rule.schema().get("minimum", 0)
            self._choose(name, suggestions.connectors(charger, whole=lowest == 0))
        elif charger is not None:
            options = suggestions.for_argument(name, charger)
            if options:
                self.offers[name] = options
                field.widget.attrs["list"] = f"offers-{name}"

    def _choose(self, name: str, options: list[suggestions.Option]) -> None:
        """Only these numbers, when there are any; a charger may not have told its connectors."""
        if not options:
            return
        old = self.fields[name]
        initial = self.initial.get(name, old.initial)
        known = {value for value, _label in options}
        if initial not in EMPTY and str(initial) not in known:
            options = [*options, (str(initial), str(initial))]
        empty = [] if old.required and len(options) == 1 else [("", "–")]
        self.fields[name] = forms.TypedChoiceField(
            choices=[*empty, *options],
            coerce=int,
            empty_value=None,
            required=old.required,
            label=old.label,
            initial=old.initial,
            help_text=old.help_text,
        )

    def _hide_secret(self) -> None:
        """The value of a configuration key that is a secret is not shown while it is typed."""
        if not {"key", "value"} <= self.fields.keys():
            return
        key = self.data.get("key") if self.is_bound else self.initial.get("key")
        kept = self.fields["value"].widget.attrs
        if key and is_secret(str(key)):
            attributes = kept | {"autocomplete": "new-password"}
            self.fields["value"].widget = forms.PasswordInput(attributes)
        self.fields["value"].widget.attrs["data-secret-beside"] = "id_key"
        self.fields["value"].widget.attrs["data-secret-parts"] = " ".join(SECRET_PARTS)

    # --- what is wrong ------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        """Judge each value by its rule; nothing but what was given becomes an argument."""
        for name, argument in self.operation.arguments.items():
            if name not in self.cleaned_data:
                continue  # its field has refused it already
            value = self.cleaned_data[name]
            may_be_empty = argument.required and not self.fields[name].required
            if value in EMPTY and not (may_be_empty and value == ""):
                continue
            try:
                self.arguments[name] = argument.rule.check(name, value)
            except Invalid as refusal:
                self.refuse(refusal)
        return self.cleaned_data

    def refuse(self, refusal: DomainError) -> None:
        """Show why the operation refuses: at the field, where the refusal names one."""
        place = _PLACE.match(refusal.field) if isinstance(refusal, Invalid) else None
        name = place["name"] if place is not None else ""
        if place is None or name not in self.fields:
            self.add_error(None, ValidationError(str(refusal)))
            return
        sentence = str(refusal.sentence)
        field = self.fields[name]
        if place["row"] is not None and isinstance(field, RowsField):
            column = words.label(place["column"]) if place["column"] else ""
            sentence = in_row(int(place["row"]) + 1, column, sentence)
        self.add_error(name, ValidationError(sentence))


def _initial(operation: Operation[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Of `given`, what the form can show again: arguments of the operation without secrets."""
    initial = {}
    for name, argument in operation.arguments.items():
        value = given.get(name)
        if value is None or (isinstance(value, str) and REDACTED in value):
            continue
        if argument.rule.schema().get("format") == "date-time" and isinstance(value, str):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                continue
        initial[name] = value
    return initial
