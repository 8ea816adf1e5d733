"""Receipts, low balances and renewals."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import Account, Credit, User
from mailer.models import Email, State
from notifications.domain import drivers, preferences
from notifications.domain.looking import look
from notifications.models import Event, Happening, Notification, Preferences
from notifications.tests.conftest import NOW, Ended, emails
from ocpp.domain import events
from ocpp.domain.transactions.ends import announce
from ocpp.models import SessionCost, Tariff, TariffVersion, Transaction
from subscriptions.domain.renewing import catch_up
from subscriptions.domain.subscribing import subscribe
from subscriptions.models import Product


def end(session: Transaction, capture: DjangoCaptureOnCommitCallbacks) -> None:
    """Announce it as the rules do."""
    with capture(execute=True):
        announce(events.transaction_ended, session.pk)


def test_a_receipt_in_the_language_of_the_driver(
    ended: Ended, driver: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    preferences.choose(driver, [event.value for event in Event], "es")
    session = ended()
    tariff = Tariff.objects.create(name="T")
    version = TariffVersion.objects.create(tariff=tariff, valid_from=NOW)
    SessionCost.objects.create(
        transaction=session,
        version=version,
        currency="MXN",
        net=Decimal("100.00"),
        tax_percent=16,
        tax=Decimal("16.00"),
        total=Decimal("116.00"),
        computed=NOW,
    )
    end(session, django_capture_on_commit_callbacks)
    assert look() == 1
    [email] = emails("session_ended")
    assert email.to == ["ana@example.com"]
    assert email.language == "es"
    assert email.subject == "Su recibo: 1.500 kWh en Macroplaza 1"
    for part in (
        "Hola, Ana:",
        "90 minutos",
        "116.00 MXN (100.00 más 16.00 de impuesto)",
        "20.000 kWh",
        "https://node.example/accounts/me/notifications/",
        "https://node.example/mailer/unsubscribe/",
    ):
        assert part in email.text
    assert "<p>Hola, Ana:</p>" in email.html
    assert not Happening.objects.exists()


def test_each_period_of_a_subscription_is_told_once(
    account: Account, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    product = Product.objects.create(
        name="Noches", price=Decimal("99.00"), credit_kwh=Decimal(50), renewal_period=30
    )
    begun = NOW - timedelta(days=40)
    with django_capture_on_commit_callbacks(execute=True):
        subscription = subscribe(account, product, begun).subscription
    assert look() == 1
    with django_capture_on_commit_callbacks(execute=True):
        assert catch_up(subscription.pk, NOW) == 1
    assert look() == 1
    assert look() == 0
    first, second = emails("renewal")
    for email in (first, second):
        for part in ("Noches", "50.000", "99.00 MXN"):
            assert part in email.text
    assert first.text != second.text


def test_one_receipt_however_often_it_ends_and_whoever_looks(
    ended: Ended, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    session = ended()
    for _ in range(2):
        end(session, django_capture_on_commit_callbacks)
    assert look() == 1
    end(session, django_capture_on_commit_callbacks)
    assert look() == 0
    # Another process that has not seen it, too.
    assert drivers.receipt(session, NOW) == 0
    assert len(emails("session_ended")) == 1
    assert Notification.objects.get().email == emails("session_ended")[0]


def test_energy_that_awaits_a_review_is_on_no_receipt_yet(
    ended: Ended, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    session = ended(needs_review=True)
    end(session, django_capture_on_commit_callbacks)
    assert drivers.look(timezone.now()) == 0
    Transaction.objects.update(needs_review=False)
    assert drivers.look(timezone.now()) == 0
    assert drivers.look(timezone.now() + timedelta(hours=2)) == 1


@pytest.mark.parametrize("why", ["no address", "unwanted", "deactivated", "no account"])
def test_who_is_not_told(
    why: str,
    ended: Ended,
    driver: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    session = ended(**({"account": None} if why == "no account" else {}))
    if why == "no address":
        User.objects.update(email="")
    elif why == "deactivated":
        User.objects.update(is_active=False)
    else:
        Preferences.objects.create(user=driver, unwanted=["session_ended"])
    end(session, django_capture_on_commit_callbacks)
    assert look() == 0
    assert not Email.objects.exists()


def test_a_low_balance_once_for_each_credit(
    ended: Ended,
    account: Account,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    end(ended(), django_capture_on_commit_callbacks)
    look()
    assert emails("low_balance") == []
    Account.objects.update(settled_wh=16_800)
    for _ in range(2):
        end(ended(), django_capture_on_commit_callbacks)
        look()
    [email] = emails("low_balance")
    assert email.subject == "Your balance is low: 3.200 kWh"
    Credit.objects.create(account=account, amount_kwh=10)
    Credit.objects.create(account=account, amount_kwh="-9.500")
    look()
    assert len(emails("low_balance")) == 2


def test_without_a_mail_server_nothing_piles_up(
    ended: Ended,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", ""
    end(ended(), django_capture_on_commit_callbacks)
    assert look() == 0
    assert not Happening.objects.exists()
    assert not Email.objects.exists()


def test_unsubscribing_in_an_email_is_a_preference(ended: Ended, driver: User, client) -> None:
    drivers.receipt(ended(), NOW)
    [email] = emails("session_ended")
    link = next(word for word in email.text.split() if "/mailer/unsubscribe/" in word)
    path = link.removeprefix("https://node.example")
    assert client.get(path).status_code == 200
    assert preferences.wants(driver, Event.SESSION_ENDED)
    # As a mail program does it, without a cookie.
    answer = client.post(path, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert not preferences.wants(driver, Event.SESSION_ENDED)
    assert preferences.wants(driver, Event.LOW_BALANCE)
    preferences.choose(driver, ["session_ended"], "en")
    assert drivers.receipt(ended(), NOW) == 1
    assert emails("session_ended")[1].state == State.QUEUED
