"""Schedules in the admin: when they ran and will run, what went wrong, and a button."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from schedules import domain, task_admin
from schedules.models import Schedule

__all__ = ["ScheduleAdmin", "task_admin"]


@admin.register(Schedule)
class ScheduleAdmin(admin.ModelAdmin):
    """Shown, never edited: apps say what there is to do, and how often."""

    list_display = [
        *("name", "purpose", "every_s", "last_run", "last_success", "next_run"),
        *("failures", "last_error", "claimed_by"),
    ]
    fields = [
        *("name", "purpose", "every_s", "last_run", "last_success", "next_run"),
        *("failures", "last_error", "claimed_by", "claimed_until"),
    ]
    readonly_fields = ("purpose",)
    actions = ["run_now"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They are made from what apps register."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """There is nothing to edit."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It would come back."""
        return False

    def has_run_permission(self, request: HttpRequest) -> bool:
        """Whether the user may have them run now: who could change them."""
        return request.user.has_perm("schedules.change_schedule")

    @admin.display(description=_("what for"))
    def purpose(self, schedule: Schedule) -> str:
        """What it is for."""
        return domain.label_of(schedule.name) or "–"

    @admin.action(description=_("Run now"), permissions=["run"])
    def run_now(self, request: HttpRequest, chosen: QuerySet[Schedule]) -> None:
        """Make the chosen ones due."""
        count = domain.run_now(list(chosen.values_list("name", flat=True)))
        text = ngettext(
            "%(count)d schedule runs within a few seconds.",
            "%(count)d schedules run within a few seconds.",
            count,
        )
        messages.success(request, text % {"count": count})
