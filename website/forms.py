"""Forms of the public pages."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm

from accounts.forms import AdminLoginForm
from accounts.models import User


class LoginForm(AdminLoginForm):
    """The login form of the site: as the admin's, it tells of limits, but it is for everybody."""

    error_messages = AuthenticationForm.error_messages

    def confirm_login_allowed(self, user: User) -> None:
        """Raise ValidationError for a user who may not log in: an inactive one only."""
        AuthenticationForm.confirm_login_allowed(self, user)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"
