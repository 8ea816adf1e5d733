"""The page of the calculator: public, and its address holds the question, so it can be shared."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from awg.forms import CircuitForm
from awg.models import CableSize, ConduitFill


@require_safe
def calculator(request: HttpRequest) -> HttpResponse:
    """`GET /awg/`: the form and, for what it says, the wiring."""
    form = CircuitForm.with_start(request.GET.dict())
    valid = form.is_valid()
    context = {"form": form, "result": form.result if valid else None}
    return render(request, "awg/calculator.html", context)


@require_safe
def tables(request: HttpRequest) -> HttpResponse:
    """`GET /awg/tables/`: both reference tables."""
    context = {"cables": CableSize.objects.all(), "conduits": ConduitFill.objects.all()}
    return render(request, "awg/tables.html", context)
