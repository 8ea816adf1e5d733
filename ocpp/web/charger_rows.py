"""The rows of the dashboard's table, drawn without a template.

A page has up to a hundred of them and an open page asks for them again and again: by templates a
row cost 1 ms, here a tenth of it. Words and addresses are looked up once for all rows of a page.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from ocpp.choices import Registration
from ocpp.domain.queries.dashboard import ChargerRow, ConnectorRow
from ocpp.domain.queries.states import NOT_REPORTED, OFFLINE, State
from ocpp.models import Charger

#: Characters that `reverse` leaves as they are in the path of an address (RFC 3986, 2.2).
_SAFE = "!$&'()*+,;=/~:@"
_BUTTON = "btn btn-sm btn-outline-secondary"
_GREY = "small text-body-secondary"
_ID = "small fw-normal text-body-secondary breakable"
_MINUTE = timedelta(minutes=1)


def charger_rows(rows: Sequence[ChargerRow], *, staff: bool, now: datetime) -> SafeString:
    """`rows` as HTML; what a charge point sent is escaped."""
    draw = _Drawing(staff=staff, now=now)
    # Each text in it went through `escape`.
    return SafeString("\n".join([draw.row(row) for row in rows]))  # nosec B703


def rounded(number: Decimal) -> str:
    """A number with one decimal, as the language writes it."""
    # Rounded here: `number_format` cuts.
    return number_format(round(number, 1), 1, force_grouping=True)


class _Address:
    """The addresses of one name in the URL table, which differ in their last argument only."""

    def __init__(self, name: str) -> None:
        self._begin, _argument, self._end = reverse(name, args=[0]).rpartition("0")

    def of(self, argument: str | int) -> str:
        return escape(self._begin + quote(str(argument), safe=_SAFE) + self._end)


class _Drawing:
    """What all rows of a page have in common."""

    def __init__(self, *, staff: bool, now: datetime) -> None:
        self._staff = staff
        self._now = now
        self._states: dict[State, str] = {}
        self._spans: dict[int, str] = {}
        self._landing = _Address("ocpp:landing")
        self._whole = escape(_("whole charger"))
        self._map = escape(_("Map"))
        if staff:
            self._log, self._edit = _Address("ocpp:log"), _Address("admin:ocpp_charger_change")
            self._session = _Address("admin:ocpp_transaction_change")
            self._log_word, self._edit_word = escape(_("Log")), escape(_("Edit"))
            self._today, self._seen = escape(_("Energy today")), escape(_("Last seen"))
            self._ago, self._never = _("%(time)s ago"), escape(_("never"))

    def row(self, row: ChargerRow) -> str:
        charger = row.charger
        cells = [self._head(charger), f"<td>{self._places(row)}</td>"]
        if self._staff:
            cells += [self._energy(row), self._last_seen(charger)]
        cells.append(self._links(charger))
        identity = escape(charger.charger_id)
        return f'<tr id="charger-{charger.pk}" data-live-charger="{identity}">{"".join(cells)}</tr>'

    def _head(self, charger: Charger) -> str:
        address = self._landing.of(charger.charger_id)
        lines = [f'<a href="{address}" class="breakable">{escape(str(charger))}</a>']
        if charger.name:
            lines.append(f'<div class="{_ID}">{escape(charger.charger_id)}</div>')
        if self._staff and (charger.vendor or charger.model):
            lines.append(f'<div class="{_ID}">{escape(f"{charger.vendor} {charger.model}")}</div>')
        if self._staff and charger.registration != Registration.ACCEPTED:
            word = escape(charger.get_registration_display())
            lines.append(f'<span class="badge text-bg-warning">{word}</span>')
        return f'<th scope="row">{"".join(lines)}</th>'

    def _places(self, row: ChargerRow) -> str:
        charger, places = row.charger, []
        if not charger.connected:
            since = ""
            if charger.disconnected_at:
                words = _("for %(time)s") % {"time": self._since(charger.disconnected_at)}
                since = f' <span class="{_GREY}">{escape(words)}</span>'
            places.append(f'<div class="mb-1">{self._state(OFFLINE)}{since}</div>')
        places += [self._place(one, connected=charger.connected) for one in row.connectors]
        if not places:
            places.append(self._state(NOT_REPORTED))
        return "".join(places)

    def _place(self, place: ConnectorRow, *, connected: bool) -> str:
        parts = [f'<span class="small">{place.number or self._whole}</span>']
        if connected:
            parts.append(self._state(place.state))
        elif place.last_known:
            words = _("last known: %(word)s") % {"word": place.last_known.word}
            parts.append(f'<span class="{_GREY}">{escape(words)}</span>')
        if self._staff and place.error:
            parts.append(f'<code class="small breakable">{escape(place.error)}</code>')
        if place.session:
            energy = number_format(round(place.session.energy_kwh, 3), 3, force_grouping=True)
            address = self._session.of(place.session.pk)
            parts.append(f'<a class="small" href="{address}">{energy} kWh</a>')
            if place.power_w is not None:
                power = rounded(Decimal(place.power_w).scaleb(-3))
                parts.append(f'<span class="small">{power} kW</span>')
            words = _("in %(time)s") % {"time": self._since(place.session.start_time)}
            parts.append(f'<span class="{_GREY}">{escape(words)}</span>')
        return f'<div class="mb-1">{" ".join(parts)}</div>'

    def _energy(self, row: ChargerRow) -> str:
        energy = "–" if row.today_wh is None else rounded(Decimal(row.today_wh).scaleb(-3))
        return f'<td class="small text-md-end text-nowrap">{_label(self._today)} {energy} kWh</td>'

    def _last_seen(self, charger: Charger) -> str:
        seen: str = self._never
        if charger.last_seen:
            moment = timezone.localtime(charger.last_seen)
            words = escape(self._ago % {"time": self._since(moment)})
            exact = escape(date_format(moment, "DATETIME_FORMAT"))
            seen = f'<time datetime="{moment.isoformat()}" title="{exact}">{words}</time>'
        return f'<td class="small">{_label(self._seen)} {seen}</td>'

    def _links(self, charger: Charger) -> str:
        links = []
        if charger.latitude is not None and charger.longitude is not None:
            name = f'<span class="visually-hidden"> {escape(str(charger))}</span>'
            links.append(
                f'<button class="{_BUTTON}" type="button" data-on-map="{charger.pk}">'
                f'<i class="bi bi-geo-alt" aria-hidden="true"></i> {self._map}{name}</button>'
            )
        if self._staff:
            log, edit = self._log.of(charger.charger_id), self._edit.of(charger.pk)
            links.append(f'<a class="{_BUTTON}" href="{log}">{self._log_word}</a>')
            links.append(f'<a class="{_BUTTON}" href="{edit}">{self._edit_word}</a>')
        return f'<td class="text-md-end text-nowrap">{" ".join(links)}</td>'

    def _state(self, state: State) -> str:
        drawn = self._states.get(state)
        if drawn is None:
            icon = f'<i class="bi bi-{state.icon}" aria-hidden="true"></i>'
            word = escape(str(state.word))
            drawn = f'<span class="state state-{state.tone.value}">{icon}{word}</span>'
            self._states[state] = drawn
        return drawn

    def _since(self, moment: datetime) -> str:
        """How long ago, told once for each minute: `timesince` is slow and tells no seconds."""
        minutes = (self._now - moment) // _MINUTE
        span = self._spans.get(minutes)
        if span is None:
            span = self._spans[minutes] = timesince(self._now - minutes * _MINUTE, self._now)
        return span


def _label(word: str) -> str:
    """The head of a column, on a phone, where the table has none."""
    return f'<span class="d-md-none text-body-secondary">{word}:</span>'
