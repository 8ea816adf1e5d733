"""States in the admin, in the colours of the pages."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from ocpp.domain.queries.states import State, Tone


def state_html(state: State, *, number: int | None = None, faded: bool = False) -> SafeString:
    """A state as a coloured pill, with the connector's number.

    It is `faded`, in grey, where it is only what was last known.
    """
    tone = Tone.UNKNOWN if faded else state.tone
    return format_html(
        '<span class="state state-{}">{}<i class="bi bi-{}" aria-hidden="true"></i>{}</span>',
        tone.value,
        "" if number is None else number,
        state.icon,
        state.word,
    )
