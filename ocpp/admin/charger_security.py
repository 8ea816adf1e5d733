"""The security of a charger in the admin: its profile, its keys, and one click that secures it."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from accounts import asking
from ocpp import operations
from ocpp.admin import commanding
from ocpp.admin.commanding import asking_user
from ocpp.choices import CredentialState, SecurityProfile
from ocpp.domain import credentials
from ocpp.domain.errors import DomainError
from ocpp.domain.queries import security_facts
from ocpp.models import Charger, Command

#: On a charger that is shown: whether who looks at it may change it. Displays know no request.
_MAY_CHANGE = "_may_change"


class ChargerSecurity(admin.ModelAdmin):
    """What a charger has to prove, with what, and how to change that."""

    @admin.action(
        description=_("Secure: give each a key of its own, and ask for it"), permissions=["change"]
    )
    def secure(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """Send each a new key; from when it is accepted connections without it are refused."""

        def deed(charger: Charger) -> Command:
            command = operations.secure(charger, user=asking_user(request))
            self.log_change(request, charger, gettext("A new key is sent."))
            return command

        commanding.run(request, [partial(deed, charger) for charger in queryset])

    @admin.display(description=_("keys and certificates"))
    def shown_security(self, charger: Charger) -> SafeString:
        """What it proves itself with, and buttons to change that; never a key."""
        lines = ((line,) for line in security_facts.of(charger))
        told = format_html_join("", '<div class="security-fact">{}</div>', lines)
        buttons = self._buttons(charger) if vars(charger).get(_MAY_CHANGE) else ""
        return format_html("{}{}", told, buttons)

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Charger | None:
        """The charger of a page, which remembers whether its reader may press buttons."""
        charger: Charger | None = super().get_object(request, *args, **kwargs)
        if charger is not None:
            vars(charger)[_MAY_CHANGE] = self.has_change_permission(request, charger)
        return charger

    def _buttons(self, charger: Charger) -> SafeString:
        buttons = [
            ("secure", gettext("Secure this charger")),
            ("key", gettext("Make a key to type in")),
        ]
        states = set(charger.credentials.values_list("state", flat=True))
        if CredentialState.OFFERED in states:
            buttons.append(("forget_unused", gettext("Delete unused keys")))
        if CredentialState.ACTIVE in states:
            buttons.append(("forget", gettext("Delete all its keys")))
        return format_html_join(
            " ",
            '<button type="submit" class="button" formmethod="post" formnovalidate'
            ' formaction="{}">{}</button>',
            ((self._place(name, charger.pk), label) for name, label in buttons),
        )

    def _place(self, name: str, pk: Any) -> str:
        return reverse(f"admin:ocpp_charger_{name}", args=[pk])

    def get_urls(self) -> Any:
        """The addresses of the buttons stand before the page of a charger, which takes any path."""
        deeds = {
            "secure": self.secure_one,
            "key": self.make_key,
            "forget": self.delete_keys,
            "forget_unused": self.delete_unused_keys,
        }
        own = [
            path(
                f"<int:pk>/security/{name}/",
                self.admin_site.admin_view(never_cache(view)),
                name=f"ocpp_charger_{name}",
            )
            for name, view in deeds.items()
        ]
        return [*own, *super().get_urls()]

    def secure_one(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One click: a new key is sent, and asked for from when it is accepted."""
        charger = self._to_change(request, pk)
        if isinstance(charger, HttpResponse):
            return charger
        self.secure(request, Charger.objects.filter(pk=charger.pk))
        return self._back(charger)

    def make_key(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A key for somebody to type into the charge point, shown on this page only."""
        charger = self._to_change(request, pk)
        if isinstance(charger, HttpResponse):
            return charger
        try:
            key = credentials.make_key(charger, asking_user(request))
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return self._back(charger)
        self.log_change(request, charger, gettext("A key was made."))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("New key of %(charger)s") % {"charger": charger.charger_id},
            "opts": self.opts,
            "charger": charger,
            "key": key,
        }
        return TemplateResponse(request, "admin/ocpp/charger/new_key.html", context)

    def delete_keys(self, request: HttpRequest, pk: int) -> HttpResponse:
        """No key is good any more."""
        return self._delete(request, pk, unused=False)

    def delete_unused_keys(self, request: HttpRequest, pk: int) -> HttpResponse:
        """New keys that it has not used yet are not good any more."""
        return self._delete(request, pk, unused=True)

    def _delete(self, request: HttpRequest, pk: int, *, unused: bool) -> HttpResponse:
        charger = self._to_change(request, pk)
        if isinstance(charger, HttpResponse):
            return charger
        title = gettext("Delete unused keys") if unused else gettext("Delete all its keys")
        intro = (
            gettext("A key that somebody has typed into the charge point meanwhile is refused.")
            if unused
            else gettext("It connects no longer where it has to prove itself with a key.")
        )
        page = self._question(request, charger, title, intro)
        if page is not None:
            return page
        count = credentials.delete_keys(charger, unused=unused)
        self.log_change(request, charger, gettext("Keys were deleted."))
        text = ngettext("%(count)d key was deleted.", "%(count)d keys were deleted.", count)
        messages.success(request, text % {"count": count})
        needs_one = charger.security_profile in (SecurityProfile.BASIC, SecurityProfile.BASIC_TLS)
        if needs_one and not charger.credentials.exists():
            told = gettext("%(charger)s cannot connect until it has a key again.")
            messages.warning(request, told % {"charger": charger.charger_id})
        return self._back(charger)

    def _question(
        self, request: HttpRequest, charger: Charger, title: str, intro: Any
    ) -> HttpResponse | None:
        """The page between a button and its deed; None once it was confirmed."""
        return asking.unless_confirmed(
            request,
            Charger.objects.filter(pk=charger.pk),
            action="",
            title=title,
            intro=intro,
            back=reverse("admin:ocpp_charger_change", args=[charger.pk]),
        )

    def _to_change(self, request: HttpRequest, pk: int) -> Charger | HttpResponse:
        """The charger, for somebody who may change it, by POST. Raises PermissionDenied."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        charger: Charger = get_object_or_404(Charger, pk=pk)
        if not self.has_change_permission(request, charger):
            raise PermissionDenied
        return charger

    def _back(self, charger: Charger) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:ocpp_charger_change", args=[charger.pk]))
