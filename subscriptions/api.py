"""REST: products and subscriptions. `config.api` mounts `router` under /subscriptions/."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from accounts.access import require
from accounts.api.body import BodyIn, described, read
from accounts.api.problems import ONE, WRITE, Problem
from accounts.api_auth import PERSON
from accounts.domain import balance
from accounts.models import User
from ocpp.domain.errors import NotFound
from subscriptions.domain import subscribing
from subscriptions.models import Product, Subscription

#: Subscriptions, or products, in one answer, at most.
MOST = 1000
#: The largest number that a row can have.
MOST_NUMBER = 2**63 - 1

router = Router(tags=["subscriptions"])

Number = Annotated[int, Field(ge=1, le=MOST_NUMBER)]


class ProductOut(Schema):
    """A product. The price is of one period, whose length is in days of 24 hours."""

    id: int
    name: str
    description: str
    price: Decimal
    currency: str
    renewal_period: int
    credit_kwh: Decimal


class ProductsOut(Schema):
    """All products that are offered."""

    products: list[ProductOut]


class SubscriptionOut(Schema):
    """A subscription. `ends` is null while it goes on, and else where its last period ends."""

    id: int
    account_id: int
    user_id: int = Field(alias="account.user_id")
    product_id: int
    product: str = Field(alias="product.name")
    started: datetime
    next_renewal: datetime
    cancelled: datetime | None
    ends: datetime | None


class SubscriptionsOut(Schema):
    """The subscriptions of one account."""

    count: int
    subscriptions: list[SubscriptionOut]


class SubscribeIn(BodyIn):
    """Whose account, named in one way, and to what."""

    account_id: Number | None = None
    user_id: Number | None = None
    product_id: Number


class WhoseIn(Schema):
    """Whose account, named in one way."""

    account_id: Number | None = None
    user_id: Number | None = None


@router.get(
    "/products/",
    auth=None,
    response={200: ProductsOut, 400: Problem},
    summary="What one can subscribe to",
    url_name="subscription-products",
)
def products(
    request: HttpRequest,
    limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Any:
    """The products that are offered, by name. Needs no login."""
    return {"products": list(subscribing.offered()[offset : offset + limit])}


@router.post(
    "/subscribe/",
    auth=PERSON,
    response={
        200: SubscriptionOut,
        201: SubscriptionOut,
        WRITE: Problem,
    },
    summary="Subscribe an account",
    url_name="subscription-subscribe",
    openapi_extra=described(SubscribeIn, {"account_id": 3, "product_id": 1}),
)
def subscribe(request: HttpRequest) -> Any:
    """Begin a subscription and grant its first period at once.

    Drivers subscribe for themselves; for others it takes staff with
    `subscriptions.add_subscription`. 200 when one that was cancelled goes on, 201 for a new one.
    """
    asked = read(request, SubscribeIn)
    user = _allowed(request, asked.account_id, asked.user_id, "subscriptions.add_subscription")
    product = Product.objects.filter(pk=asked.product_id).first()
    if product is None:
        raise Http404
    begun = subscribing.subscribe(
        balance.open_account(user), product, timezone.now(), _asking(request)
    )
    return Status(200 if begun.resumed else 201, begun.subscription)


@router.get(
    "/list/",
    auth=PERSON,
    response={200: SubscriptionsOut, ONE: Problem},
    summary="The subscriptions of an account",
    url_name="subscription-list",
)
def list_subscriptions(
    request: HttpRequest,
    whose: Query[WhoseIn],
    limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Any:
    """Those that go on and those that have ended, the newest first.

    Drivers see their own; those of others take staff with `subscriptions.view_subscription`.
    """
    user = _allowed(request, whose.account_id, whose.user_id, "subscriptions.view_subscription")
    found = subscribing.of_user(user)
    return {"count": found.count(), "subscriptions": list(found[offset : offset + limit])}


@router.post(
    "/{int:number}/cancel/",
    auth=PERSON,
    response={200: SubscriptionOut, frozenset({401, 403, 404}): Problem},
    summary="Cancel a subscription",
    url_name="subscription-cancel",
)
def cancel(request: HttpRequest, number: int) -> Any:
    """End a subscription with the period that has begun; one that has been cancelled stays so.

    Drivers cancel their own; those of others take staff with `subscriptions.change_subscription`.
    """
    asking = _asking(request)
    if number > MOST_NUMBER:
        raise Http404
    found = subscribing.of_user(asking).filter(pk=number).first()
    if found is None and asking.is_staff:
        require(request, "subscriptions.change_subscription")
        every = Subscription.objects.select_related("product", "account__user")
        found = every.filter(pk=number).first()
    if found is None:
        raise Http404
    subscribing.cancel(found, timezone.now())
    return found


def _asking(request: HttpRequest) -> User:
    """Who asks: `PERSON` lets in nobody else."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


def _allowed(
    request: HttpRequest, account_id: int | None, user_id: int | None, permission: str
) -> User:
    """The user who is meant, when the one who asks may act for them.

    Raises Http404 for what is a stranger's to a driver, as for what does not exist, and
    PermissionDenied for staff without `permission`.
    """
    asking = _asking(request)
    try:
        user = subscribing.whose(account_id, user_id)
    except NotFound:
        if asking.is_staff:
            require(request, permission)
            raise
        raise Http404 from None
    if user != asking:
        if not asking.is_staff:
            raise Http404
        require(request, permission)
    return user
