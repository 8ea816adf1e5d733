"""The admin bears the name of the product."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

admin.site.site_header = _("Constellation administration")
admin.site.site_title = _("Constellation")
admin.site.index_title = _("Administration")
