"""Pages of the site as a whole."""

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from accounts.pages.second_factor import step_after
from website import errors
from website.domain import sitemap as rules
from website.domain.sites import DEFAULT
from website.forms import LoginForm


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """`/`: the chargers; on the domain of an app without a first page of its own, its README."""
    app = getattr(request, "site_app", DEFAULT)
    return redirect("ocpp:dashboard" if app == DEFAULT else "readme:index")


class Login(LoginView):
    """`/login/`: staff land in the admin, others on `next` (of this host only)."""

    template_name = "website/login.html"
    form_class = LoginForm
    redirect_authenticated_user = True

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Back to the form; with a right password and a second factor, to the page of the code."""
        response = super().form_invalid(form)
        return step_after(self.request) or response

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


# --- for people and search engines that look for something ------------------------------------


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """`/sitemap/`: all public pages, as links."""
    context = {"sections": rules.sections(), "chargers": rules.chargers(request.GET.get("page"))}
    return render(request, "website/sitemap.html", context)


@require_safe
def sitemap_xml(request: HttpRequest, part: int | None = None) -> HttpResponse:
    """`/sitemap.xml`: all public pages; where they are too many, the list of `/sitemap-N.xml`."""
    base = request.build_absolute_uri("/").rstrip("/")
    return HttpResponse(rules.xml(base, part), content_type="application/xml")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """`/robots.txt`: what search engines need not look at, and where the sitemap is."""
    closed = ("admin:index", "website:login", "website:logout", "website:language")
    lines = ["User-agent: *", *(f"Disallow: {reverse(name)}" for name in closed)]
    lines.append("Sitemap: " + request.build_absolute_uri(reverse("website:sitemap-xml")))
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


# --- when something went wrong ----------------------------------------------------------------


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request makes no sense, so nothing of it is used."""
    return errors.answer_bare(request, 400, "400.html", errors.sentence(400))


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return errors.answer(request, 403, "403.html", errors.sentence(403))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without a valid token: what to do about it."""
    detail = _("The form was too old, or came from another site, so nothing was done.")
    return errors.answer(request, 403, "403_csrf.html", detail)


@requires_csrf_token
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return errors.answer(request, 404, "404.html", errors.sentence(404))


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """500: needs nothing that could have failed."""
    return errors.answer_bare(request, 500, "500.html", errors.sentence(500))
