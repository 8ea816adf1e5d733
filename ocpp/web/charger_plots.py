"""The plots of a charger's page: what its meters told, and in which states its connectors were."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ocpp.domain.queries import series, status_history
from ocpp.domain.queries.series import Bar, Kind, Line
from ocpp.domain.queries.status_history import Band, Span
from ocpp.domain.queries.windows import Window
from ocpp.models import Charger
from ocpp.plot import (
    BandPlot,
    BarsPlot,
    DrawnBar,
    DrawnLine,
    LinesPlot,
    Stretch,
    band_svg,
    bars_svg,
    lines_svg,
)

_THOUSAND = Decimal(1000)


@dataclass(frozen=True, slots=True)
class _Form:
    """How a kind is drawn: its title, its unit, what its values are divided by."""

    title: str | Promise
    unit: str
    divisor: int = 1
    from_zero: bool = True


_FORMS = {
    Kind.POWER: _Form(gettext_lazy("Power"), "kW", 1000),
    Kind.ENERGY: _Form(gettext_lazy("Energy"), "kWh", 1000),
    Kind.SOC: _Form(gettext_lazy("State of charge"), "%"),
    Kind.CURRENT: _Form(gettext_lazy("Current"), "A"),
    Kind.VOLTAGE: _Form(gettext_lazy("Voltage"), "V", from_zero=False),
    Kind.TEMPERATURE: _Form(gettext_lazy("Temperature"), "°C", from_zero=False),
}
#: Lines that are not a phase.
_LABELS = {
    "mean": pgettext_lazy("power", "mean"),
    "highest": pgettext_lazy("power", "highest"),
    "Body": gettext_lazy("body"),
    "Cable": gettext_lazy("cable"),
    "EV": gettext_lazy("vehicle"),
    "Inlet": gettext_lazy("inlet"),
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """A plot with its title."""

    title: str | Promise
    svg: SafeString


@dataclass(frozen=True, slots=True)
class Connector:
    """What is drawn of one connector; `spans` tells its band in words, newest first."""

    number: int
    band: SafeString
    spans: list[Span]
    plots: list[Drawing]


@dataclass(frozen=True, slots=True)
class Plots:
    """All connectors. `cut`: readings of before that moment were too many to be drawn."""

    connectors: list[Connector]
    cut: datetime | None


def of(charger: Charger, window: Window) -> Plots:
    """The drawings of a window: four queries."""
    told = series.of(charger, window)
    connectors = list(charger.connectors.all())
    bands = status_history.bands(charger, connectors, window.begin, window.end)
    by_number = {one.number: one for one in told.series}
    spans = {one.number: one for one in bands}
    drawn = []
    for number in sorted(by_number.keys() | spans.keys()):
        found, band = by_number.get(number), spans.get(number)
        plots = [] if found is None else list(_drawings(found, window))
        # The charger as a whole mostly says nothing that its connectors do not.
        if number == 0 and not plots and len(spans) > 1 and not _tells(band):
            continue
        states = [] if band is None else band.spans
        drawn.append(Connector(number, _band(number, states, window), states[::-1], plots))
    return Plots(drawn, told.cut)


def _tells(band: Band | None) -> bool:
    return band is not None and any(span.state.tone.value == "broken" for span in band.spans)


def _drawings(found: series.Series, window: Window) -> Iterable[Drawing]:
    for kind, form in _FORMS.items():
        name = f"{kind.value}-{found.number}"
        if kind is Kind.ENERGY:
            svg = _bars(name, form, found.energy, window)
        else:
            svg = _lines(name, form, found.lines.get(kind, []), window)
        if svg:
            yield Drawing(form.title, svg)


def _lines(name: str, form: _Form, lines: list[Line], window: Window) -> SafeString:
    values = [value / form.divisor for line in lines for _, value in line.points]
    if not values:
        return SafeString("")
    last = max((line.points[-1] for line in lines if line.points), key=lambda point: point[0])
    told = _("From %(low)s to %(high)s %(unit)s, at last %(last)s %(unit)s.") % {
        "low": _number(min(values)),
        "high": _number(max(values)),
        "last": _number(last[1] / form.divisor),
        "unit": form.unit,
    }
    drawn = [
        DrawnLine(
            _label(line.label),
            [(_second(time, window), value / form.divisor) for time, value in line.points],
        )
        for line in lines
    ]
    plot = LinesPlot(
        name, str(form.title), told, form.unit, window.begin, _length(window), drawn, form.from_zero
    )
    return lines_svg(plot)


def _bars(name: str, form: _Form, bars: list[Bar], window: Window) -> SafeString:
    total = sum((Decimal(bar.energy_wh) for bar in bars), Decimal(0)) / _THOUSAND
    told = _("%(energy)s kWh in all.") % {"energy": _number(total)}
    drawn = [
        DrawnBar(
            _second(bar.begin, window),
            _second(bar.end, window),
            Decimal(bar.energy_wh) / form.divisor,
        )
        for bar in bars
    ]
    plot = BarsPlot(name, str(form.title), told, form.unit, window.begin, _length(window), drawn)
    return bars_svg(plot)


def _band(number: int, spans: list[Span], window: Window) -> SafeString:
    stretches = [
        Stretch(
            _second(span.begin, window),
            _second(span.end, window),
            span.state.tone.value,
            str(span.state.word),
            _sentence(span),
        )
        for span in spans
    ]
    told = _("%(count)d states; the last one: %(word)s.") % {
        "count": len(stretches),
        "word": stretches[-1].word if stretches else "–",
    }
    title = _("States")
    return band_svg(
        BandPlot(f"states-{number}", title, told, window.begin, _length(window), stretches)
    )


def _sentence(span: Span) -> str:
    words = f"{span.state.word}, {_time(span.begin)} – {_time(span.end)}"
    return f"{words} ({span.error})" if span.error else words


def _time(moment: datetime) -> str:
    return date_format(localtime(moment), "SHORT_DATETIME_FORMAT")


def _label(label: str) -> str:
    """Phases are called as they are; other parts have a word."""
    return " ".join(str(_LABELS.get(part, part)) for part in label.split()) or _("general")


def _number(value: Decimal) -> str:
    return str(number_format(value.quantize(Decimal("0.1"))))


def _second(moment: datetime, window: Window) -> int:
    return int((moment - window.begin).total_seconds())


def _length(window: Window) -> int:
    return int(window.length.total_seconds())
