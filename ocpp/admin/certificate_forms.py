"""What staff are asked for about certificates."""

from django import forms
from django.utils.translation import gettext_lazy as _


class RevocationForm(forms.Form):
    """Why a certificate is trusted no longer."""

    reason = forms.CharField(label=_("reason"), max_length=200)


class RejectionForm(forms.Form):
    """Why a request is not signed."""

    reason = forms.CharField(label=_("reason"), max_length=500)
