"""API tokens in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import asking
from accounts.domain import tokens
from accounts.models import ApiToken, User
from accounts.token_forms import AdminTokenForm

# Where the secret stays on the request between saving the token and showing it.
_TEXT = "new_token_text"


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    """Tokens: made here, their text shown once, and revoked here.

    A token can do what its user can, so only a superuser makes tokens for somebody else.
    """

    list_display = ["name", "user", "scope", "prefix", "valid", "expires", "last_used"]
    list_filter = ["scope", "created", "expires", "revoked"]
    list_select_related = ["user"]
    search_fields = ["name", "prefix", "user__username"]
    form = AdminTokenForm
    fields = ["user", "name", "scope", "areas", "expires"]
    actions = ["revoke"]
    date_hierarchy = "created"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        mine = super().get_queryset(request).select_related("user")
        return mine if request.user.is_superuser else mine.filter(user=request.user)

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        """Among all people one searches; who makes tokens for themselves alone has one choice."""
        return ["user"] if request.user.is_superuser else []

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "user":
            users = User.objects.filter(is_active=True)
            if not request.user.is_superuser:
                users = users.filter(username=request.user.get_username())
            kwargs |= {"queryset": users, "initial": request.user.pk}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> list[Any]:
        more = ["prefix", "created", "last_used", "revoked"] if obj else []
        return [*super().get_fields(request, obj), *more]

    def get_readonly_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> list[str]:
        """A token that is in use keeps what was agreed on; only its name can be changed."""
        if obj is None:
            return []
        return [field for field in self.get_fields(request, obj) if field != "name"]

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        """Make the secret of a new token, and keep it for the page that follows."""
        if change:
            super().save_model(request, obj, form, change)
            return
        made, secret = tokens.create(
            obj.user, obj.name, obj.expires, ApiToken.Scope(obj.scope), form.cleaned_data["areas"]
        )
        obj.pk, obj.prefix = made.pk, made.prefix
        setattr(request, _TEXT, secret)

    def response_add(
        self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the secret in the answer itself, so that it is stored nowhere on the way."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("New API token"),
            "opts": self.opts,
            "token": obj,
            "secret": getattr(request, _TEXT),
        }
        response = TemplateResponse(request, "admin/accounts/apitoken/secret.html", context)
        add_never_cache_headers(response)
        return response

    @admin.display(description=_("valid"), boolean=True)
    def valid(self, token: ApiToken) -> bool:
        """Whether it opens anything now."""
        return token.valid_at(timezone.now()) and token.user.is_active

    @admin.action(description=_("Revoke the selected tokens"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> HttpResponse | None:
        """End the tokens now and for good."""
        title = _("Revoke the selected tokens")
        intro = _("The programs that use them are refused from now on, for good.")
        page = asking.unless_confirmed(request, queryset, action="revoke", title=title, intro=intro)
        if page is not None:
            return page
        live = list(queryset.filter(revoked=None))
        for token in live:
            tokens.revoke(token)
            self.log_change(request, token, [{"changed": {"fields": ["revoked"]}}])
        count = len(live)
        message = ngettext("%(count)d token revoked.", "%(count)d tokens revoked.", count)
        self.message_user(request, message % {"count": count}, messages.SUCCESS)
        return None
