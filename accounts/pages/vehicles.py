"""`/accounts/me/vehicles/`: one's own vehicles, which can be added, changed and removed."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.domain import own
from accounts.forms import VehicleForm
from accounts.models import Account, Vehicle
from accounts.pages.who import user_of


@require_safe
@never_cache
@login_required
def vehicles(request: HttpRequest) -> HttpResponse:
    """The vehicles of the user's account."""
    user = user_of(request)
    context = {
        "vehicles": own.vehicles_of(user),
        "account": Account.objects.filter(user=user).first(),
    }
    return render(request, "accounts/vehicles.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def vehicle_add(request: HttpRequest) -> HttpResponse:
    """Add a vehicle. 404 for a user without an account."""
    account = get_object_or_404(Account, user=user_of(request))
    return _edit(request, Vehicle(account=account))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def vehicle(request: HttpRequest, number: int) -> HttpResponse:
    """Change a vehicle. 404 for one that is not the user's."""
    return _edit(request, get_object_or_404(own.vehicles_of(user_of(request)), pk=number))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def vehicle_remove(request: HttpRequest, number: int) -> HttpResponse:
    """Ask once more (GET), then remove a vehicle (POST). 404 for one that is not the user's."""
    found = get_object_or_404(own.vehicles_of(user_of(request)), pk=number)
    if request.method != "POST":
        return render(request, "accounts/vehicle_remove.html", {"vehicle": found})
    found.delete()
    messages.success(request, _("The vehicle is removed."))
    return redirect("accounts:vehicles")


def _edit(request: HttpRequest, found: Vehicle) -> HttpResponse:
    form = VehicleForm(request.POST if request.method == "POST" else None, instance=found)
    if form.is_bound and form.is_valid():
        try:
            own.save_vehicle(form.instance)
        except own.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The vehicle is saved."))
            return redirect("accounts:vehicles")
    return render(request, "accounts/vehicle.html", {"form": form})
