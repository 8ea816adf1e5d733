"""Counters of login attempts in the admin."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Throttle


@admin.register(Throttle)
class ThrottleAdmin(admin.ModelAdmin):
    """Who has tried to log in lately. Deleting an entry lets them try again at once."""

    list_display = ["key", "attempts", "updated"]
    search_fields = ["key"]
    fields = ["key", "attempts", "updated"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Throttle | None = None) -> bool:
        return False

    @admin.display(description=_("attempts"))
    def attempts(self, throttle: Throttle) -> int:
        """How many attempts are remembered."""
        return len(throttle.hits)
