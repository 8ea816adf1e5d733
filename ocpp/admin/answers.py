"""What a charge point answered to a command, for people to read."""

from collections.abc import Mapping
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from ocpp.admin import schedules
from ocpp.admin.command_forms import words
from ocpp.admin.facts import as_json
from ocpp.domain.redaction import redact
from ocpp.models import Command

#: Parts of an answer that have a form of their own here.
_SCHEDULE = ("unit", "duration", "periods", "start", "min_rate")


def arguments(command: Command) -> SafeString:
    """What was asked, without secrets; what was left out is not shown."""
    given = {name: value for name, value in command.payload.items() if value is not None}
    return _facts(redact(given)) if given else format_html("<p>{}</p>", _("No arguments."))


def readable(command: Command) -> SafeString:
    """The answer; nothing as long as there is none."""
    if command.response is None:
        return SafeString("")
    response = redact(command.response)
    plot = SafeString("")
    if command.action == "get_composite_schedule" and response.get("periods"):
        plot = schedules.composite(response, f"schedule-{command.pk}")
        if plot:
            response = {n: value for n, value in response.items() if n not in _SCHEDULE}
    keys = SafeString("")
    if isinstance(response.get("configuration"), dict):
        keys = _configuration(response["configuration"])
        response = {n: value for n, value in response.items() if n != "configuration"}
    return _facts(response) + plot + keys


def _facts(facts: Mapping[str, Any]) -> SafeString:
    """Name and value in two columns; null and empty lists say nothing."""
    shown = [(name, value) for name, value in facts.items() if value not in (None, [], {})]
    if not shown:
        return SafeString("")
    rows = format_html_join(
        "",
        "<tr><th>{}</th><td>{}</td></tr>",
        ((capfirst(str(words.label(name))), _value(value)) for name, value in shown),
    )
    return format_html('<table class="facts"><tbody>{}</tbody></table>', rows)


def _value(value: Any) -> SafeString | str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list) and all(isinstance(entry, str | int) for entry in value):
        return ", ".join(str(entry) for entry in value)
    return as_json(value) if isinstance(value, dict | list) else str(value)


def _configuration(keys: Mapping[str, Any]) -> SafeString:
    rows = format_html_join(
        "",
        "<tr><th>{}</th><td>{}</td><td>{}</td></tr>",
        (
            (key, entry.get("value") or "–", _("read only") if entry.get("readonly") else "")
            for key, entry in sorted(keys.items())
            if isinstance(entry, dict)
        ),
    )
    return format_html(
        '<table class="facts"><thead><tr><th>{}</th><th>{}</th><th></th></tr></thead>'
        "<tbody>{}</tbody></table>",
        _("Key"),
        _("Value"),
        rows,
    )
