"""Nodes in the admin: their state in words and colour, and a button that registers this host."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from nodes.domain import current, registry
from nodes.models import Node


@admin.register(Node)
class NodeAdmin(admin.ModelAdmin):
    """The list of nodes."""

    list_display = ["hostname", "shown_state", "address", "port", "version", "role", "last_seen"]
    list_filter = ["role", "version"]
    search_fields = ["hostname", "address"]
    readonly_fields = ["last_seen", "created"]
    fields = [
        *("hostname", "address", "port", "version", "role"),
        *("latitude", "longitude", "last_seen", "created"),
    ]
    actions = ["register_current"]
    change_list_template = "admin/nodes/node/change_list.html"

    class Media:
        css = {"all": ["nodes/nodes.css"]}

    @admin.display(description=_("state"), ordering="last_seen")
    def shown_state(self, node: Node) -> str:
        """Online, late or lost, in a colour that says the same."""
        state = node.state
        return format_html('<span class="node-state {}">{}</span>', state.value, state.label)

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "register-current/",
            self.admin_site.admin_view(self.register_current_view),
            name="nodes_node_register_current",
        )
        return [own, *super().get_urls()]

    def has_register_permission(self, request: HttpRequest) -> bool:
        """Whether the user may register this host: it makes a row, or changes one."""
        return self.has_add_permission(request) and self.has_change_permission(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"may_register": self.has_register_permission(request), **(extra_context or {})}
        return super().changelist_view(request, context)

    def register_current_view(self, request: HttpRequest) -> HttpResponse:
        """The button **Register current host**."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_register_permission(request):
            raise PermissionDenied
        self._register_current(request)
        return HttpResponseRedirect(reverse("admin:nodes_node_changelist"))

    @admin.action(description=_("Register current host"), permissions=["register"])
    def register_current(self, request: HttpRequest, chosen: QuerySet[Node]) -> None:
        """The same as an action; what is chosen does not matter."""
        self._register_current(request)

    def _register_current(self, request: HttpRequest) -> None:
        try:
            node, made = current.register_here()
        except registry.BadNode as error:
            text = _("This host cannot be registered: %(why)s")
            messages.error(request, text % {"why": error})
            return
        if made:
            self.log_addition(request, node, [{"added": {}}])
        else:
            self.log_change(request, node, [{"changed": {"fields": ["last_seen"]}}])
        text = _("%(name)s (%(address)s, port %(port)d) is registered.")
        facts = {"name": node.hostname, "address": node.address, "port": node.port}
        messages.success(request, text % facts)
