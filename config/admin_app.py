"""Django registration of the admin, with our site in place of Django's own."""

from django.contrib.admin.apps import AdminConfig


class GroupedAdminConfig(AdminConfig):
    """The admin, whose index is grouped by what people do."""

    default_site = "config.admin_site.GroupedAdminSite"
