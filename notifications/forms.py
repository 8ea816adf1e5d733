"""The form by which a person chooses what they are told."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notifications.domain import preferences


class PreferencesForm(forms.Form):
    """Which events, and in which language."""

    language = forms.ChoiceField(
        label=_("language"),
        choices=settings.LANGUAGES,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    wanted = forms.MultipleChoiceField(
        label=_("Tell me by e-mail when"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
    )

    def __init__(self, user: User, data: Any = None) -> None:
        self._user = user
        events = preferences.offered(user)
        unwanted = preferences.of(user).unwanted
        initial = {
            "language": preferences.language_of(user),
            "wanted": [event.value for event in events if event.value not in unwanted],
        }
        super().__init__(data, initial=initial)
        field = self.fields["wanted"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101  (as declared)
        field.choices = [(event.value, event.label) for event in events]

    def save(self) -> None:
        """Keep what was chosen."""
        data = self.cleaned_data
        preferences.choose(self._user, data["wanted"], data["language"])
