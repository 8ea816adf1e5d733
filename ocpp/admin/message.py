"""The message log in the admin."""

from datetime import timedelta

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ocpp.admin.facts import FactsAdmin, as_frame
from ocpp.admin.filters import FailedFilter
from ocpp.models import Message


@admin.register(Message)
class MessageAdmin(FactsAdmin):
    """Calls and their answers, newest first, without secrets."""

    list_display = ["time", "charger", "direction", "action", "error_code", "latency"]
    list_filter = ["direction", FailedFilter]
    search_help_text = _("The exact id of a charger.")
    fields = [
        ("charger", "direction", "action"),
        ("message_id", "error_code"),
        ("time", "answer_time", "latency"),
        "shown_request",
        "shown_answer",
    ]
    readonly_fields = ["latency", "shown_request", "shown_answer"]

    class Media:
        css = {"all": ["ocpp/admin.css"]}

    @admin.display(description=_("latency (ms)"))
    def latency(self, message: Message) -> str:
        """From the call to its answer."""
        if message.answer_time is None:
            return "–"
        return f"{(message.answer_time - message.time) / timedelta(milliseconds=1):.0f}"

    @admin.display(description=_("request"))
    def shown_request(self, message: Message) -> SafeString:
        """The call as it went over the wire."""
        return as_frame(message.request)

    @admin.display(description=_("answer"))
    def shown_answer(self, message: Message) -> SafeString | str:
        """Its answer as it went over the wire."""
        return as_frame(message.answer) if message.answer else "–"
