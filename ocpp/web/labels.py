"""`GET /ocpp/labels/`: labels with QR codes to print and to stick to the chargers, for staff."""

from typing import Any

from django import forms
from django.contrib.admin.views.decorators import staff_member_required
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ocpp.domain import labels as rules
from ocpp.domain import links
from ocpp.domain.errors import NotFound
from ocpp.domain.lookup import find_charger
from ocpp.models import Charger
from qrcodes import domain as codes
from qrcodes.labels import GRIDS, Layout, pdf

PAPERS = [("letter", gettext_lazy("Letter (216 × 279 mm)")), ("a4", "A4 (210 × 297 mm)")]


class LabelsForm(forms.Form):
    """Which paper, and how many labels on a sheet."""

    paper = forms.ChoiceField(label=gettext_lazy("Paper"), choices=PAPERS, required=False)
    per_sheet = forms.TypedChoiceField(
        label=gettext_lazy("Labels on a sheet"),
        coerce=int,
        choices=[(n, str(n)) for n in GRIDS],
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select"

    @property
    def layout(self) -> Layout:
        """What was chosen; the default for what is no choice."""
        self.is_valid()
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        return Layout(**chosen)


@require_safe
@never_cache
@staff_member_required
def labels(request: HttpRequest) -> HttpResponse:
    """The sheets as they will be printed, of the chargers `?charger=` (keys), or all accepted."""
    layout = LabelsForm(request.GET).layout
    page = _page(request)
    made = [rules.of_charger(charger) for charger in page]
    drawn = [(label, codes.squares(label.value)) for label in made]
    step = layout.per_sheet
    context = {
        "form": LabelsForm(initial={"paper": layout.paper, "per_sheet": step}),
        "layout": layout,
        "sheets": [drawn[start : start + step] for start in range(0, len(drawn), step)],
        "page": page,
        "keys": _keys(request),
        "query": _query(request),
        "only_from_here": links.only_from_here(),
    }
    return render(request, "ocpp/labels.html", context)


@require_safe
@never_cache
@staff_member_required
def labels_pdf(request: HttpRequest) -> HttpResponse:
    """The same sheets as a PDF."""
    layout = LabelsForm(request.GET).layout
    made = [rules.of_charger(charger) for charger in _page(request)]
    response = HttpResponse(pdf(made, layout, title=_("QR labels")), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="labels.pdf"'
    return response


@require_safe
@never_cache
@staff_member_required
def label_code(request: HttpRequest, cid: str, form: str) -> HttpResponse:
    """The code alone, to save: `form` is `png` or `svg`."""
    try:
        url = links.landing_url(find_charger(cid))
    except NotFound as missing:
        raise Http404(str(missing)) from missing
    if form == "png":
        response = HttpResponse(codes.draw(url), content_type="image/png")
    else:
        response = HttpResponse(codes.svg(url), content_type="image/svg+xml")
    name = slugify(cid) or "charger"
    response["Content-Disposition"] = f'attachment; filename="qr-{name}.{form}"'
    return response


def _page(request: HttpRequest) -> Page[Charger]:
    chargers = rules.chosen(_keys(request))
    return Paginator(chargers, rules.AT_A_TIME).get_page(request.GET.get("page"))


def _keys(request: HttpRequest) -> list[int]:
    """The keys of the chargers that the address names; what is no key is left out."""
    texts = request.GET.getlist("charger")[: rules.MOST_CHOSEN]
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 18]


def _query(request: HttpRequest) -> str:
    """The address's question without its page, for links that turn it."""
    kept = request.GET.copy()
    kept.pop("page", None)
    return kept.urlencode()
