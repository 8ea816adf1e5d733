"""`GET /ocpp/statements/`: what an account charged, month by month, as page, CSV or XLSX."""

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import Account, User
from accounts.tables import as_csv, as_xlsx
from ocpp.domain.errors import NotFound
from ocpp.domain.queries import statements as queries

_FORMATS = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "xlsx": (as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


@require_safe
@never_cache
@login_required
def statements(request: HttpRequest) -> HttpResponse:
    """The months of the visitor's own account, or for staff of the one that `?account=` names."""
    account = _account(request.user, request.GET.get("account", ""))
    months = queries.months(account) if account is not None else []
    return render(request, "ocpp/statements.html", {"account": account, "months": months})


@require_safe
@never_cache
@login_required
def statement(request: HttpRequest, account: int, year: int, month: int) -> HttpResponse:
    """One month. `?format=csv` and `?format=xlsx` are the same as a table.

    404 for another's account, unless staff may see transactions.
    """
    try:
        found = queries.statement(_seen_by(request.user, account), year, month)
    except NotFound as missing:
        raise Http404(str(missing)) from missing
    wanted = request.GET.get("format", "")
    if wanted not in _FORMATS:
        return render(request, "ocpp/statement.html", {"statement": found})
    write, content_type = _FORMATS[wanted]
    queries.record_export(found, wanted)
    response = HttpResponse(write(*queries.table(found)), content_type=content_type)
    name = f"statement-{found.account.pk}-{found.month:%Y-%m}.{wanted}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _account(user: User | AnonymousUser, named: str) -> Account | None:
    """The account that is asked for, or the visitor's own; None for a visitor who has none."""
    if not named:
        return Account.objects.filter(user=user.pk).first()
    return _seen_by(user, int(named) if named.isascii() and named.isdigit() else 0)


def _seen_by(user: User | AnonymousUser, number: int) -> Account:
    found = None
    if number < 2**63:
        found = Account.objects.select_related("user").filter(pk=number).first()
    allowed = user.is_active and user.is_staff and user.has_perm("ocpp.view_transaction")
    if found is None or not (allowed or found.user_id == user.pk):
        raise Http404(_("There is no such account."))
    return found
