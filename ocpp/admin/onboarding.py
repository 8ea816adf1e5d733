"""The page Onboarding: who waits, who was refused and why, and what to type into a charger."""

from base64 import b64encode
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from ocpp.admin import limits
from ocpp.admin.commanding import asking_user
from ocpp.admin.facts import ReadOnlyMixin
from ocpp.choices import Registration
from ocpp.domain import links, onboarding, refusals
from ocpp.domain.chargers import Refused, check_id
from ocpp.domain.errors import DomainError
from ocpp.models import Charger, ConnectionAttempt
from qrcodes import domain as qrcodes

PER_PAGE = 50


@admin.register(ConnectionAttempt)
class ConnectionAttemptAdmin(ReadOnlyMixin, admin.ModelAdmin):
    """In the place of a list of refused connections there is the whole of onboarding."""

    fields = [("charger_id", "address"), "path", ("code", "reason"), ("first", "last", "count")]

    class Media:
        css = {"all": ["ocpp/admin.css", "ocpp/cards.css"]}
        js = ["ocpp/copy.js"]

    def get_urls(self) -> list[URLPattern]:
        """The page of limits is beside it: they are why connections are refused."""
        view = self.admin_site.admin_view(partial(limits.page, site=self.admin_site))
        return [path("limits/", view, name="ocpp_limits"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page, and its buttons."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            self._act(request)
            return HttpResponseRedirect(request.get_full_path())
        bases = links.charge_point_bases(request.get_host(), secure=request.is_secure())
        context = {
            **self.admin_site.each_context(request),
            "title": _("Onboarding"),
            "opts": self.opts,
            "media": self.media,
            "waiting": _page(request, onboarding.waiting(), "waiting"),
            "refused": _with_words(_page(request, ConnectionAttempt.objects.all(), "refused")),
            "bases": bases,
            "only_from_here": links.only_from_here() and len(bases) == 1,
            "decisions": Registration,
            "may_decide": _may_decide(request),
            **_address(request.GET.get("id", "").strip(), bases),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/ocpp/onboarding/page.html", context)

    def _act(self, request: HttpRequest) -> None:
        """Do what a button says, and tell it."""
        if not _may_decide(request):
            raise PermissionDenied
        try:
            if "forget" in request.POST:
                number = request.POST["forget"]
                onboarding.forget(int(number) if number.isascii() and number.isdecimal() else 0)
                messages.success(request, _("Forgotten. It comes back if it is refused again."))
            elif request.POST.get("decision") in Registration.values:
                decision = Registration(request.POST["decision"])
                charger_id = request.POST.get("charger_id", "").strip()
                charger = onboarding.decide(charger_id, decision, asking_user(request))
                told = {"charger": charger.charger_id, "decision": decision.label}
                messages.success(request, _("%(charger)s: %(decision)s.") % told)
        except DomainError as refusal:
            messages.error(request, str(refusal))


def _may_decide(request: HttpRequest) -> bool:
    """Deciding changes a charger, or makes one."""
    return request.user.has_perms(["ocpp.change_charger", "ocpp.add_charger"])


def _page(request: HttpRequest, rows: Any, name: str) -> Any:
    """One page of many; each of the two lists is turned by itself."""
    return Paginator(rows, PER_PAGE).get_page(request.GET.get(name))


def _with_words(attempts: Any) -> Any:
    """Each attempt with the words for its code, and whether one click lets it in."""
    for attempt in attempts.object_list:
        attempt.words = refusals.words(attempt.code)
        attempt.can_be_allowed = attempt.words.allow and _is_id(attempt.charger_id)
    return attempts


def _is_id(text: str) -> bool:
    try:
        check_id(text)
    except Refused:
        return False
    return True


def _address(charger_id: str, bases: list[str]) -> dict[str, Any]:
    """What to type into the charger of that id, with its QR code."""
    if not charger_id:
        return {"new_id": ""}
    try:
        onboarding.require_id(charger_id)
    except DomainError as refusal:
        return {"new_id": charger_id[:100], "id_error": refusal.sentence}
    url = links.charge_point_url(bases[0], charger_id)
    picture = b64encode(qrcodes.draw(url)).decode()
    return {
        "new_id": charger_id,
        "url": url,
        "others": [links.charge_point_url(base, charger_id) for base in bases[1:]],
        "qr": f"data:image/png;base64,{picture}",
        "known": Charger.objects.filter(charger_id=charger_id).first(),
    }
