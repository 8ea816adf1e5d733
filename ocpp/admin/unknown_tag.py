"""The inbox of unknown tags in the admin: adopt a tag as a card, or ignore it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.exports import ExportedMixin
from accounts.models import RFID, User
from ocpp.admin.facts import ReadOnlyMixin, link_to
from ocpp.domain import unknown_tags
from ocpp.domain.errors import DomainError
from ocpp.models import UnknownTag

LIST = "admin:ocpp_unknowntag_changelist"


class WaitingFilter(admin.SimpleListFilter):
    """Those that staff have not ignored, unless others are asked for."""

    title = _("tags")
    parameter_name = "tags"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, Any]]:
        return [("ignored", _("Ignored")), ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        """As ever, but what stands first is not all of them."""
        first, *others = super().choices(changelist)
        return [{**first, "display": _("Waiting")}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[UnknownTag]) -> Any:
        if self.value() == "all":
            return queryset
        return queryset.filter(ignored=self.value() == "ignored")


class AdoptForm(forms.Form):
    """Whose card it is to be."""

    user = forms.ModelChoiceField(
        User.objects.all(),
        label=_("user"),
        required=False,
        widget=AutocompleteSelect(RFID._meta.get_field("user"), admin.site),
        help_text=_("Empty: nobody's card, as yet. It can be given to somebody later."),
    )


@admin.register(UnknownTag)
class UnknownTagAdmin(ExportedMixin, ReadOnlyMixin, admin.ModelAdmin):
    """Tags that were held to chargers and are no cards here, newest first."""

    list_display = [
        "tag",
        "adopt_link",
        "shown_charger",
        "shown_suggestion",
        "last_seen",
        "times",
        "answer",
    ]
    list_filter = [WaitingFilter, "last_seen"]
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    exported = [
        "tag",
        "charger:charger__charger_id",
        "first_seen",
        "last_seen",
        "times",
        "answer",
        "ignored",
    ]
    date_hierarchy = "last_seen"
    search_fields = ["tag", "charger__charger_id", "charger__name"]
    search_help_text = _("Tag or charger.")
    fields = [
        ("tag", "answer", "ignored"),
        ("shown_charger", "times"),
        ("first_seen", "last_seen"),
        "shown_suggestion",
        "adopt_link",
    ]
    readonly_fields = ["shown_charger", "shown_suggestion", "adopt_link"]
    actions = ["adopt", "ignore", "take_back"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[UnknownTag]:
        return unknown_tags.inbox()

    def has_adopt_permission(self, request: HttpRequest) -> bool:
        """Whoever may add cards."""
        return request.user.has_perm("accounts.add_rfid")

    def has_ignore_permission(self, request: HttpRequest) -> bool:
        """Whoever may change what is in the inbox."""
        return request.user.has_perm("ocpp.change_unknowntag")

    @admin.display(description=_("last seen at"), ordering="charger__charger_id")
    def shown_charger(self, row: UnknownTag) -> SafeString | str:
        """The charger, with a link."""
        return link_to(row.charger)

    @admin.display(description=_("perhaps"))
    def shown_suggestion(self, row: UnknownTag) -> SafeString | str:
        """The card that it is when its bytes are read backwards; it is for people to say."""
        uid = getattr(row, "suggestion", None)
        if uid is None:
            return "–"
        url = reverse("admin:accounts_rfid_changelist") + f"?q={uid}"
        link = format_html('<a href="{}">{}</a>', url, uid)
        return format_html(gettext("Is this the card {} read backwards?"), link)

    @admin.display(description=_("card"))
    def adopt_link(self, row: UnknownTag) -> SafeString:
        """The way to make a card of it, or why there is none."""
        why_not = unknown_tags.why_not(row)
        if why_not:
            return format_html('<span title="{}">{}</span>', why_not, _("Not the number of a card"))
        url = reverse("admin:ocpp_unknowntag_adopt", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, _("Adopt…"))

    # --- the page that makes a card -----------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.adopt_page)
        own = path("<int:number>/adopt/", page, name="ocpp_unknowntag_adopt")
        return [own, *super().get_urls()]

    def adopt_page(self, request: HttpRequest, number: int) -> HttpResponse:
        """Choose whose card it is to be, and make it one."""
        if not self.has_adopt_permission(request):
            raise PermissionDenied
        try:
            row = unknown_tags.find(number)
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(reverse(LIST))
        form = AdoptForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            self._adopt(request, row, form.cleaned_data["user"])
            return HttpResponseRedirect(reverse(LIST))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Adopt %(tag)s as a card") % {"tag": row.tag[:40]},
            "opts": self.opts,
            "row": row,
            "why_not": unknown_tags.why_not(row),
            "suggestion": self.shown_suggestion(row) if getattr(row, "suggestion", None) else "",
            "form": form,
            "button": gettext("Adopt"),
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "admin/ocpp/unknowntag/adopt.html", context)

    def _adopt(self, request: HttpRequest, row: UnknownTag, user: User | None) -> bool:
        try:
            card = unknown_tags.adopt(row, user)
        except DomainError as refusal:
            messages.error(request, str(getattr(refusal, "sentence", refusal)))
            return False
        self.log_addition(request, card, f"Adopted; seen at {row.charger.charger_id}.")
        text = gettext("{} is a card now.")
        messages.success(request, format_html(text, link_to(card)))
        return True

    # --- actions ------------------------------------------------------------------------------

    @admin.action(
        description=_("Adopt the selected tags as cards of nobody"), permissions=["adopt"]
    )
    def adopt(self, request: HttpRequest, queryset: QuerySet[UnknownTag]) -> None:
        """Make an allowed card of each that can be one."""
        for row in queryset:
            self._adopt(request, row, None)

    @admin.action(description=_("Ignore the selected tags"), permissions=["ignore"])
    def ignore(self, request: HttpRequest, queryset: QuerySet[UnknownTag]) -> None:
        """Show no more of them."""
        self._ignore(request, queryset, ignored=True)

    @admin.action(description=_("Show the selected tags again"), permissions=["ignore"])
    def take_back(self, request: HttpRequest, queryset: QuerySet[UnknownTag]) -> None:
        """They wait again."""
        self._ignore(request, queryset, ignored=False)

    def _ignore(
        self, request: HttpRequest, queryset: QuerySet[UnknownTag], *, ignored: bool
    ) -> None:
        rows = list(queryset)
        for row in rows:
            unknown_tags.ignore(row, ignored=ignored)
            self.log_change(request, row, "Ignored." if ignored else "Shown again.")
        text = ngettext("%(count)d tag changed.", "%(count)d tags changed.", len(rows))
        messages.success(request, text % {"count": len(rows)})
