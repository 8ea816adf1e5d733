"""A form for every operation, made of the rules of its arguments."""

from ocpp.admin.command_forms.catalogue import Entry, entry, groups
from ocpp.admin.command_forms.form import CommandForm

__all__ = ["CommandForm", "Entry", "entry", "groups"]
