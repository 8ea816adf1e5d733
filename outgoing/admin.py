"""Allowed networks in the admin: for superusers alone, whatever permissions others have."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from outgoing.models import AllowedNetwork


@admin.register(AllowedNetwork)
class AllowedNetworkAdmin(admin.ModelAdmin):
    """Who may send requests into a private network decides about what is in it."""

    list_display = ["cidr", "note", "created"]
    search_fields = ["cidr", "note"]
    fields = ["cidr", "note"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Superusers only, as below."""
        return _is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)
