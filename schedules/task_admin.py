"""Tasks in the admin: what was put off, and how it went; in place of the library's English list."""

from typing import Any

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy
from django_tasks_db.admin import DBTaskResultAdmin
from django_tasks_db.models import DBTaskResult, get_date_max

#: Words of the library, which brings no catalogue: so that ours has them.
WORDS = (
    gettext_noop("Task Result"),
    gettext_noop("Task Results"),
    gettext_noop("enqueued at"),
    gettext_noop("started at"),
    gettext_noop("finished at"),
    gettext_noop("args kwargs"),
    gettext_noop("priority"),
    gettext_noop("task path"),
    gettext_noop("worker id"),
    gettext_noop("queue name"),
    gettext_noop("backend name"),
    gettext_noop("run after"),
    gettext_noop("return value"),
    gettext_noop("exception class path"),
    gettext_noop("traceback"),
    pgettext_lazy("Task", "Ready"),
    pgettext_lazy("Task", "Running"),
    pgettext_lazy("Task", "Failed"),
    pgettext_lazy("Task", "Successful"),
)

admin.site.unregister(DBTaskResult)


@admin.register(DBTaskResult)
class TaskAdmin(DBTaskResultAdmin):
    """Shown, never edited: they are put off by the program, and removed after two weeks."""

    list_display = (  # type: ignore[assignment]
        *("shown_name", "status", "enqueued_at", "started_at", "finished_at"),
    )
    list_filter = ("status", "enqueued_at")  # type: ignore[assignment]
    search_fields = ("task_path",)
    search_help_text = _("Part of the name of the task.")
    show_full_result_count = False
    list_per_page = 50

    @admin.display(description=_("task"), ordering="task_path")
    def shown_name(self, row: "DBTaskResult[Any, Any]") -> str:
        """The name of its function, whether it is still there or not."""
        return row.task_name

    @admin.display(description=_("traceback"))
    def formatted_traceback(self, obj: "DBTaskResult[Any, Any]") -> SafeString | str:
        """Where it failed."""
        return format_html("<pre>{}</pre>", obj.traceback) if obj.traceback else "–"

    @admin.display(description=_("run after"))
    def display_run_after(self, obj: "DBTaskResult[Any, Any]") -> Any:
        """When it may begin; "–" for at once."""
        return "–" if obj.run_after == get_date_max() else obj.run_after
