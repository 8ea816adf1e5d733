"""Users and addresses in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import ManyToManyField, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import asking
from accounts.admin.links import link_to
from accounts.admin.privacy import PrivacyActions
from accounts.domain import balance, roles, second_factor
from accounts.exports import ExportedMixin
from accounts.forms import AddressForm
from accounts.models import RFID, Address, User

#: What turns a user into staff: only a superuser may grant it.
_RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(Address)
class AddressAdmin(ExportedMixin, admin.ModelAdmin):
    """Addresses; the municipalities are grouped by state."""

    form = AddressForm
    list_display = ["street", "number", "municipality", "state", "postal_code"]
    list_filter = ["state"]
    exported = [
        "street",
        "number",
        "municipality",
        "state",
        "postal_code",
    ]
    search_fields = ["street", "number", "municipality", "postal_code"]


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin):
    """Groups; those that are roles keep their names and cannot be deleted."""

    list_display = ["name", "role"]

    @admin.display(description=_("role"))
    def role(self, group: Group) -> str:
        """What the role is called; nothing for other groups."""
        return roles.label(group.name) if group.name in roles.BY_NAME else "-"

    def get_readonly_fields(self, request: HttpRequest, obj: Group | None = None) -> list[str]:
        """The name of a role is how the table finds it."""
        fields = list(super().get_readonly_fields(request, obj))
        return [*fields, "name"] if obj is not None and obj.name in roles.BY_NAME else fields

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """The next migration would make it again, without its users."""
        known = obj is not None and obj.name in roles.BY_NAME
        return not known and super().has_delete_permission(request, obj)


class RFIDInline(admin.TabularInline):
    """The cards of a user."""

    model = RFID
    extra = 0
    fields = ["rfid", "allowed", "created"]
    readonly_fields = ["created"]
    show_change_link = True


@admin.register(User)
class UserAdmin(ExportedMixin, PrivacyActions, DjangoUserAdmin):
    """People, with how to reach them. Someone added here gets an account for energy at once."""

    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Personal info"), {"fields": ("first_name", "last_name", "email")}),
        (_("Contact"), {"fields": ("phone_number", "address", "has_charger")}),
        (_("Energy"), {"fields": ("account_link",)}),
        (_("Permissions"), {"fields": ("is_active", *_RIGHTS)}),
        (_("Important dates"), {"fields": ("last_login", "date_joined", "second_factor_since")}),
    )
    readonly_fields = ["account_link", "last_login", "date_joined", "second_factor_since"]
    inlines = [RFIDInline]
    list_display = ["username", "first_name", "last_name", "phone_number", "is_active", "is_staff"]
    list_filter = ["is_active", "is_staff", "is_superuser", "has_charger", "groups"]
    search_fields = [
        "username",
        "first_name",
        "last_name",
        "email",
        "phone_number",
        "rfids__rfid",
    ]
    exported = [
        "username",
        "first_name",
        "last_name",
        "email",
        "phone_number",
        "is_active",
        "is_staff",
        "has_charger",
        "date_joined",
        "last_login",
    ]
    autocomplete_fields = ["address"]
    actions = ["open_accounts", "take_second_factor", *PrivacyActions.privacy_actions]

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Roles by their translated names."""
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None and db_field.name == "groups":
            # Django's own way to name the rows of a field.
            setattr(field, "label_from_instance", lambda group: roles.label(group.name))  # noqa: B010
        return field

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).select_related("account")

    def get_inlines(self, request: HttpRequest, obj: User | None = None) -> list[Any]:
        """No cards in the first step of adding: it asks for name and password only."""
        return list(super().get_inlines(request, obj)) if obj else []

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Only a superuser grants rights; otherwise staff could give themselves any."""
        fields = list(super().get_readonly_fields(request, obj))
        return fields if request.user.is_superuser else [*fields, *_RIGHTS]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only a superuser changes a superuser, their password included."""
        return super().has_change_permission(request, obj) and self._may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only a superuser deletes a superuser."""
        return super().has_delete_permission(request, obj) and self._may_touch(request, obj)

    def _may_touch(self, request: HttpRequest, obj: User | None) -> bool:
        return obj is None or not obj.is_superuser or request.user.is_superuser

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            balance.open_account(obj)

    @admin.display(description=_("account"))
    def account_link(self, obj: User) -> str:
        """The user's account; none when the user was made by a program."""
        account = getattr(obj, "account", None)
        if account is None:
            return str(_("None yet: choose “Open an account” in the list of users."))
        return link_to(account)

    @admin.action(description=_("Take the second factor away"), permissions=["change"])
    def take_second_factor(
        self, request: HttpRequest, queryset: QuerySet[User]
    ) -> HttpResponse | None:
        """For people who have lost their authenticator; one's own goes on one's own page."""
        title = _("Take the second factor away")
        intro = _("Their passwords alone open their accounts until they set it up anew.")
        page = asking.unless_confirmed(
            request, queryset, action="take_second_factor", title=title, intro=intro
        )
        if page is not None:
            return page
        having = queryset.exclude(second_factor_since=None)
        if not having:
            self.message_user(request, _("None of them has a second factor."), messages.WARNING)
        for user in having:
            told = {"name": user.get_username()}
            if user == request.user:
                text = _("“%(name)s” is you: turn it off under My account.") % told
                self.message_user(request, text, messages.ERROR)
            elif not self.has_change_permission(request, user):
                text = _("“%(name)s” is an administrator: only another one may do that.") % told
                self.message_user(request, text, messages.ERROR)
            else:
                second_factor.turn_off(user)
                self.log_change(request, user, [{"changed": {"fields": ["second_factor_since"]}}])
                text = _("“%(name)s” has no second factor any more.") % told
                self.message_user(request, text, messages.SUCCESS)
        return None

    @admin.action(description=_("Open an account"), permissions=["change"])
    def open_accounts(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Give each selected user an account, where there is none."""
        without = queryset.filter(account=None)
        for user in without:
            account = balance.open_account(user)
            added = {"name": "account", "object": str(account)}
            self.log_change(request, user, [{"added": added}])
        count = len(without)
        message = ngettext("%(count)d account opened.", "%(count)d accounts opened.", count)
        self.message_user(request, message % {"count": count}, messages.SUCCESS)
