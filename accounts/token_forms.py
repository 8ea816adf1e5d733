"""Forms with which people and staff make API tokens."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain import scopes
from accounts.models import ApiToken


def _choices() -> Iterator[tuple[str, str]]:
    modes = {scopes.READ: _("read"), scopes.CHANGE: _("read and change")}
    for area in ApiToken.Area:
        for mode, label in modes.items():
            yield f"{area}:{mode}", f"{area.label}: {label}"


class _WithAreas(forms.ModelForm):
    """The areas belong to the scope `some`, and only to it."""

    areas = forms.MultipleChoiceField(
        label=_("areas"),
        choices=lambda: list(_choices()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("For the scope “some areas only”."),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse areas without their scope, and the scope without areas."""
        cleaned = super().clean() or self.cleaned_data
        if "scope" not in self.fields:
            return cleaned
        some = cleaned.get("scope") == ApiToken.Scope.SOME
        if some and not cleaned.get("areas") and "areas" not in self.errors:
            self.add_error("areas", ValidationError(_("Choose at least one area.")))
        elif not some and cleaned.get("areas"):
            self.add_error(
                "scope", ValidationError(_("Choose “some areas only”, or no area below."))
            )
        return cleaned


class AdminTokenForm(_WithAreas):
    """A token of anybody, for the admin."""

    class Meta:
        model = ApiToken
        fields = ["user", "name", "scope", "areas", "expires"]


class OwnTokenForm(_WithAreas):
    """A token of one's own."""

    days = forms.IntegerField(
        label=_("Valid for (days)"),
        min_value=1,
        max_value=3650,
        initial=365,
        help_text=_("Afterwards it opens nothing."),
    )

    class Meta:
        model = ApiToken
        fields = ["name", "scope", "areas"]

    field_order = ["name", "days", "scope", "areas"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name != "areas":
                chosen = isinstance(field.widget, forms.Select)
                field.widget.attrs["class"] = "form-select" if chosen else "form-control"
        self.fields["scope"].initial = ApiToken.Scope.READ

    def expires(self) -> Any:
        """When it ends (aware), counted from now."""
        return timezone.now() + timedelta(days=self.cleaned_data["days"])
