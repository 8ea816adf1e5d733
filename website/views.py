"""Pages of the site as a whole."""

from django.contrib.auth.views import LoginView
from django.templatetags.static import static
from django.urls import reverse
from django.views.generic import RedirectView

from website.forms import LoginForm


class Login(LoginView):
    """`/login/`: staff land in the admin, others on `next` (of this host only)."""

    template_name = "website/login.html"
    form_class = LoginForm
    redirect_authenticated_user = True

    def get_success_url(self) -> str:
        """Where the user goes after logging in."""
        if self.request.user.is_staff:
            return reverse("admin:index")
        target = self.get_redirect_url()
        return target if target and target != self.request.path else reverse("website:home")


class Favicon(RedirectView):
    """`/favicon.ico`: the site's icon, wherever static files are."""

    def get_redirect_url(self, *args: object, **kwargs: object) -> str:
        """The URL of the icon."""
        return static("website/icon.svg")
