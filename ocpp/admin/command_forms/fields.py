"""A form field for each rule of an argument, by what its JSON Schema says.

So a rule that is new has its field with no further work. The rule itself stays the judge: a
field only turns what a browser sends into a value of its type.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from ocpp.admin.command_forms import words
from ocpp.admin.command_forms.rows import RowsField
from ocpp.domain.redaction import is_secret
from ocpp.operations.arguments import Argument

Schema = Mapping[str, Any]

#: Text that may be longer than this (characters) is written in several lines.
ONE_LINE = 512
#: A field is empty when nothing was given: then the argument is left out.
EMPTY: tuple[Any, ...] = (None, "", [])

#: How the browser writes a time without its zone.
LOCAL_TIME = "%Y-%m-%dT%H:%M"


def field_for(argument: Argument) -> forms.Field:
    """The field of an argument; empty stands for left out, where it may be."""
    schema = argument.rule.schema()
    made = field_of(argument.name, schema)
    # Text that may be empty is given by leaving the field empty.
    made.required = argument.required and schema.get("minLength") != 0
    made.label = capfirst(str(words.label(argument.name)))
    made.initial = argument.default
    hint = words.HINTS.get(argument.name)
    if hint is not None and not made.help_text:
        made.help_text = str(hint)
    elif hint is not None:
        made.help_text = f"{hint} {made.help_text}"
    return made


def field_of(name: str, schema: Schema) -> forms.Field:
    """A field for a value of which `schema` tells the type. Raises nothing: text fits anything."""
    if "enum" in schema:
        return _choice(schema)
    make = _MAKERS.get(schema.get("format", "")) or _MAKERS.get(schema.get("type", ""), _text)
    return make(name, schema)


def _choice(schema: Schema) -> forms.Field:
    options = [(word, words.choice(word)) for word in schema["enum"]]
    # Also where one is required: nothing is chosen for people without their knowing.
    return forms.ChoiceField(choices=[("", "–"), *options])


def _text(name: str, schema: Schema) -> forms.Field:
    longest = schema.get("maxLength")
    attributes = {"autocomplete": "off"}
    if longest is not None:
        attributes["maxlength"] = longest
    widget: forms.Widget
    if is_secret(name):
        widget = forms.PasswordInput(attributes | {"autocomplete": "new-password"})
    elif (longest is None or longest > ONE_LINE) and schema.get("format") != "uri":
        widget = forms.Textarea(attributes | {"rows": 6})
    else:
        widget = forms.TextInput(attributes)
    return forms.CharField(widget=widget, strip=schema.get("minLength") != 0)


def _integer(name: str, schema: Schema) -> forms.Field:
    bounds = {"minimum": "min", "maximum": "max"}
    attributes = {html: schema[word] for word, html in bounds.items() if word in schema}
    return forms.IntegerField(widget=forms.NumberInput(attributes))


def _number(name: str, schema: Schema) -> forms.Field:
    # As text of any precision: what has too many decimals is for the rule to say.
    return forms.DecimalField(
        widget=forms.NumberInput({"step": "0.1", "min": schema.get("minimum")})
    )


def _boolean(name: str, schema: Schema) -> forms.Field:
    return forms.TypedChoiceField(
        choices=[("", "–"), ("true", _("yes")), ("false", _("no"))],
        coerce=lambda word: word == "true",
        empty_value=None,
    )


def _time(name: str, schema: Schema) -> forms.Field:
    zone = timezone.get_current_timezone_name()
    widget = forms.DateTimeInput({"type": "datetime-local"}, format=LOCAL_TIME)
    return forms.DateTimeField(widget=widget, help_text=_("Time zone: %(zone)s.") % {"zone": zone})


def _array(name: str, schema: Schema) -> forms.Field:
    items: Schema = schema.get("items", {})
    named = items.get("properties")
    needed = items.get("required", ())
    columns = {column: field_of(column, rule) for column, rule in (named or {"": items}).items()}
    for column, cell in columns.items():
        cell.required = column in needed
        cell.label = capfirst(str(words.label(column or name)))
    return RowsField(columns, most=schema.get("maxItems", 1000))


def _object(name: str, schema: Schema) -> forms.Field:
    return forms.JSONField(widget=forms.Textarea({"rows": 6}), help_text=_("A JSON object."))


_MAKERS: Mapping[str, Callable[[str, Schema], forms.Field]] = {
    "date-time": _time,
    "string": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "array": _array,
    "object": _object,
}
