"""What staff do with the data of people whom they have selected."""

import json

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _

from accounts.domain import privacy
from accounts.models import User

#: People of one file, or erased at once: more than that is a mistake.
MOST = 50


class PrivacyActions(admin.ModelAdmin):
    """Two actions of the list of users."""

    privacy_actions = ["export_data", "erase_data"]

    def has_privacy_permission(self, request: HttpRequest) -> bool:
        """Whoever may delete users: administrators."""
        return request.user.has_perm("accounts.delete_user")

    @admin.action(description=_("Export all that is known of them"), permissions=["privacy"])
    def export_data(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """One JSON document."""
        if not self._few_enough(request, queryset):
            return None
        told = [privacy.export(user) for user in queryset.order_by("pk")]
        response = HttpResponse(
            json.dumps(told, ensure_ascii=False, indent=2), content_type="application/json"
        )
        response["Content-Disposition"] = 'attachment; filename="people.json"'
        add_never_cache_headers(response)
        return response

    @admin.action(description=_("Erase their data for good"), permissions=["privacy"])
    def erase_data(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """Ask once more, then do it; who cannot be erased is named with the reason."""
        if not self._few_enough(request, queryset):
            return None
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": _("Erase their data for good"),
                "opts": self.opts,
                "people": [(user, privacy.refusal(user)) for user in queryset],
                "name": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "admin/accounts/user/erase.html", context)
        for user in queryset:
            name = user.get_username()
            try:
                privacy.erase(user)
            except privacy.CannotErase as error:
                self.message_user(request, f"{name}: {error}", messages.ERROR)
            else:
                message = _("%(name)s is erased.") % {"name": name}
                self.message_user(request, message, messages.SUCCESS)
        return None

    def _few_enough(self, request: HttpRequest, queryset: QuerySet[User]) -> bool:
        if queryset.count() <= MOST:
            return True
        text = _("Select %(most)d people at most.") % {"most": MOST}
        self.message_user(request, text, messages.ERROR)
        return False
