"""How people prove who they are: by password, with a code if they want, or by a card at a reader.

All are limited here, below every door: a new login page, the admin and asynchronous code
(`aauthenticate`) are limited alike. A call without a request is the program's own and is not.
"""

import logging
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from accounts import second_step
from accounts.domain import addresses, authorization, cards, second_factor, throttle
from accounts.models import User

logger = logging.getLogger(__name__)

#: Set on a request that a limit refused: seconds until an attempt is examined again.
RETRY_AFTER = "login_retry_after_s"


def retry_after(request: HttpRequest | None) -> int:
    """Seconds for which logins of this `request` are refused; 0 when no limit is reached."""
    return getattr(request, RETRY_AFTER, 0)


def _take(request: HttpRequest, counters: list[throttle.Counter]) -> int:
    """Count the attempt; `PermissionDenied`, which ends the login, when there are too many."""
    try:
        return throttle.take(counters)
    except throttle.TooManyAttempts as refusal:
        setattr(request, RETRY_AFTER, refusal.retry_after_s)
        logger.warning("Login refused, too many attempts: %s", counters[0].key)
        raise PermissionDenied from refusal


class PasswordBackend(ModelBackend):
    """User name and password, with a limit on failures."""

    @sensitive_variables("password")
    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """The user, or None. Raises `PermissionDenied` when there were too many failures.

        None also for a user with a second factor, whatever the door: a door that knows the
        second step (`second_step.is_asked`) leads there.
        """
        if username is None:
            username = kwargs.get(User.USERNAME_FIELD)
        if username is None or password is None:
            return None
        if request is None:
            user = super().authenticate(request, username=username, password=password)
            return None if user is None or second_factor.is_on(user) else user
        counters = throttle.password_login(username, addresses.of_request(request).network)
        moment = _take(request, counters)
        user = super().authenticate(request, username=username, password=password)
        if user is not None:
            throttle.forget(counters[0])
            throttle.give_back(counters[1:], moment)
            if second_factor.is_on(user):
                second_step.expect(request, user)
                return None
        return user

    @sensitive_variables("password")
    async def aauthenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """As `authenticate`: Django's own goes past an overridden `authenticate`."""
        return await sync_to_async(self.authenticate)(request, username, password, **kwargs)


class SecondFactorBackend(BaseBackend):
    """The code that is expected in this session after the password."""

    @sensitive_variables("second_step_code")
    def authenticate(  # type: ignore[override]
        self, request: HttpRequest, second_step_code: str
    ) -> User | None:
        """The user whose code this is, or None.

        Raises `PermissionDenied` when there were too many wrong codes.
        """
        user = second_step.expected(request)
        if user is None:
            return None
        try:
            second_factor.check(user, second_step_code, addresses.of_request(request).network)
        except second_factor.WrongCode:
            return None
        except throttle.TooManyAttempts as refusal:
            setattr(request, RETRY_AFTER, refusal.retry_after_s)
            logger.warning("Login refused, too many codes: user %d", user.pk)
            raise PermissionDenied from refusal
        second_step.over(request)
        return user

    def get_user(self, user_id: int) -> User | None:
        """The user of a session that a code has opened."""
        return User.objects.filter(pk=user_id, is_active=True).first()


class RFIDBackend(BaseBackend):
    """The UID of a card.

    A UID is no secret (any reader shows it, and it can be copied), so a card opens no session
    for staff unless `RFID_LOGIN_STAFF` says so.
    """

    # Django picks the backends for a login by their parameters.
    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, rfid: str
    ) -> User | None:
        """The user of the card, or None, whatever the reason.

        Raises `PermissionDenied` when there were too many attempts.
        """
        if request is not None:
            _take(request, throttle.rfid_login(addresses.of_request(request).network))
        card = cards.find(rfid)
        if card is None or card.user is None or authorization.refusal(card) is not None:
            return None
        return card.user if self._may_log_in(card.user) else None

    def get_user(self, user_id: int) -> User | None:
        """The user of a session that a card has opened.

        None, which ends the session, when the user could not open it any more: a driver who
        has become staff meanwhile logs in again with the password.
        """
        user = User.objects.filter(pk=user_id).first()
        return user if user is not None and self._may_log_in(user) else None

    def _may_log_in(self, user: User) -> bool:
        staff = user.is_staff or user.is_superuser
        allowed = settings.RFID_LOGIN_STAFF or not staff
        return user.is_active and allowed and not second_factor.is_on(user)
