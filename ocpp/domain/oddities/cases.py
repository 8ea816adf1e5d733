"""One table: of each oddity its kind, what was odd, and what was done about it."""

from typing import NamedTuple

from django.utils.translation import gettext_noop

from ocpp.choices import AnomalyKind
from ocpp.domain.oddities.codes import Oddity


class Case(NamedTuple):
    """An oddity: its kind, and in the source language what was odd and what was done about it."""

    kind: AnomalyKind
    sentence: str
    deed: str


# The marker only tells the catalogue: nothing here is translated before somebody reads it.
_ = gettext_noop
_UNDERSTOOD = _("It was understood as it was meant.")
_SERVER_TIME = _("The time at which it came in was taken.")
_ASKED = _("The charger was asked to stop it.")
_NOT_BILLED = _("Nothing is billed until somebody has looked at it.")
_ANSWERED = _("It was answered with an error, and the connection stays.")
_TOLERATED, _BAD = AnomalyKind.TOLERATED, AnomalyKind.BAD_VALUE
_CLOCK, _TRANSACTION = AnomalyKind.CLOCK, AnomalyKind.TRANSACTION
_METERING, _FRAME = AnomalyKind.METERING, AnomalyKind.FRAME
_IDENTITY, _SECURITY = AnomalyKind.IDENTITY, AnomalyKind.SECURITY

CASES: dict[str, Case] = {
    Oddity.PAYLOAD_EMPTY: Case(_TOLERATED, _("payload %(value)s read as {}"), _UNDERSTOOD),
    Oddity.UNKNOWN_PROPERTY: Case(
        _TOLERATED, _("%(path)s: unknown property ignored"), _("It was left out.")
    ),
    Oddity.NULL: Case(_TOLERATED, _("%(path)s: null read as absent"), _UNDERSTOOD),
    Oddity.NO_LIST: Case(_TOLERATED, _("%(path)s: an object read as a list of one"), _UNDERSTOOD),
    Oddity.EMPTY_LIST: Case(_TOLERATED, _("%(path)s: empty array"), _("There is nothing in it.")),
    Oddity.EMPTY_TEXT: Case(_TOLERATED, _("%(path)s: empty text read as absent"), _UNDERSTOOD),
    Oddity.OTHER_SPELLING: Case(_TOLERATED, _("%(path)s: %(value)s read as %(read)s"), _UNDERSTOOD),
    Oddity.OWN_WORD: Case(
        _TOLERATED,
        _("%(path)s: %(value)s is no word of the standard"),
        _("It is kept in the words of the charger."),
    ),
    Oddity.NUMBER_AS_TEXT: Case(
        _TOLERATED, _("%(path)s: number %(value)s read as text"), _UNDERSTOOD
    ),
    Oddity.TOO_LONG: Case(
        _TOLERATED,
        _("%(path)s: %(count)s characters, %(most)s allowed: %(value)s"),
        _("It was cut; an id tag is never cut."),
    ),
    Oddity.LEFT_OUT: Case(
        _BAD,
        _("%(why)s; left out: %(value)s"),
        _("It stays in the message log; what came with it was recorded."),
    ),
    Oddity.WORD_LOST: Case(
        _BAD,
        _("%(path)s: %(value)s read as %(read)s"),
        _("The word itself stays in the message log."),
    ),
    Oddity.NO_NUMBER: Case(
        _BAD, _("%(measurand)s: “%(value)s” is no number"), _("It was kept as it was sent.")
    ),
    Oddity.NO_CONNECTOR: Case(
        _BAD,
        _("connector %(number)s: there is no such"),
        _("It was taken for the charge point as a whole."),
    ),
    Oddity.TIME_UNREADABLE: Case(_CLOCK, _("the time “%(time)s” cannot be read"), _SERVER_TIME),
    Oddity.TIME_OUT_OF_RANGE: Case(_CLOCK, _("the time “%(time)s” is out of range"), _SERVER_TIME),
    Oddity.CLOCK_AHEAD: Case(
        _CLOCK, _("the clock is ahead by %(seconds)s s"), _("The time of the charger was taken.")
    ),
    Oddity.LOST: Case(
        _TRANSACTION,
        _("a new transaction started on the connector before this one had stopped"),
        _("It was closed with the last known value, and awaits a review."),
    ),
    Oddity.STOP_FITS_NONE: Case(
        _TRANSACTION,
        _(
            "a stop for %(number)s at %(meter)s Wh, %(time)s, with the tag “%(tag)s”, fits no"
            " transaction of this charger"
        ),
        _("It was confirmed, and waits for its start, or for somebody to look at it."),
    ),
    Oddity.STOP_GUESSED: Case(
        _TRANSACTION,
        _("a stop for %(number)s, which is none of this charger's transactions"),
        _("It was taken for the stop of the only transaction that it fits."),
    ),
    Oddity.STOP_TAKEN_BACK: Case(
        _TRANSACTION,
        _("the stop at %(meter)s Wh was not that of this transaction"),
        _("It was taken back, with its energy and its cost."),
    ),
    Oddity.SECOND_STOP: Case(
        _TRANSACTION,
        _("a second, different stop at %(meter)s Wh, %(time)s, with the tag “%(tag)s”"),
        _("It was confirmed, and the first one counts."),
    ),
    Oddity.LATE_STOP: Case(
        _TRANSACTION,
        _("a late stop at %(meter)s Wh, after staff had decided on the energy"),
        _("The energy stays %(energy)s Wh until they look again."),
    ),
    Oddity.FOREIGN_TAG: Case(
        _TRANSACTION,
        _("started with “%(started)s” and stopped with “%(stopped)s”, which is not of its group"),
        _("The stop counts, and whoever started pays."),
    ),
    Oddity.FOREIGN_RESERVATION: Case(
        _TRANSACTION,
        _("it used reservation %(number)s, which is none of this charger's open ones"),
        _("The session was recorded without it."),
    ),
    Oddity.ENERGY_REACHED: Case(
        _TRANSACTION, _("the session has %(energy)s of at most %(most)s Wh"), _ASKED
    ),
    Oddity.MINUTES_REACHED: Case(
        _TRANSACTION, _("the session has had its %(minutes)s minutes"), _ASKED
    ),
    Oddity.HOURS_OVER: Case(_TRANSACTION, _("the allowed hours of the session are over"), _ASKED),
    Oddity.NO_CREDIT: Case(
        _TRANSACTION,
        _("no credit is left for this session, which holds %(held)s Wh"),
        _ASKED,
    ),
    Oddity.RELATIVE_REGISTER: Case(
        _METERING,
        _("the register begins with the session (at %(base)s Wh, not %(start)s Wh)"),
        _("It was counted from there."),
    ),
    Oddity.NO_REGISTER_AT_START: Case(
        _METERING,
        _("the meter was at %(start)s Wh at the start and at %(base)s Wh next"),
        _("It was counted from there."),
    ),
    Oddity.IMPOSSIBLE: Case(
        _METERING,
        _(
            "the meter went from %(start)s to %(stop)s Wh, and %(most)s Wh is the most that can"
            " have flowed"
        ),
        _NOT_BILLED,
    ),
    Oddity.BACKWARDS: Case(
        _METERING, _("the meter went from %(start)s to %(stop)s Wh"), _NOT_BILLED
    ),
    Oddity.ROLLED_OVER: Case(
        _METERING,
        _(
            "the meter went from %(start)s to %(stop)s Wh; if it rolled over at %(modulus)s Wh,"
            " %(energy)s Wh flowed"
        ),
        _NOT_BILLED,
    ),
    Oddity.OTHER_BASE: Case(
        _METERING,
        _("the register went from %(start)s to %(register)s Wh"),
        _("While the session runs it is counted from there; its stop decides."),
    ),
    Oddity.PHASES: Case(
        _METERING,
        _("the energy register comes for each phase alone"),
        _("The sum of the phases was taken."),
    ),
    Oddity.FOREIGN_VALUES: Case(
        _METERING,
        _("values for transaction %(number)s, which is not this charger's"),
        _("They were recorded for what runs on their connector, or for none."),
    ),
    Oddity.REPEATED_ID: Case(
        _FRAME,
        _("a message id of this connection again, with another payload"),
        _("It was handled as a message of its own."),
    ),
    Oddity.WHILE_REJECTED: Case(
        _FRAME, _("%(action)s while it is rejected"), _("It was kept; nobody is billed for it.")
    ),
    Oddity.ACTION_UNKNOWN: Case(_FRAME, _("“%(action)s” is not known here"), _ANSWERED),
    Oddity.ACTION_OURS: Case(
        _FRAME, _("“%(action)s” is not for a charge point to send"), _ANSWERED
    ),
    Oddity.UNREADABLE_FRAME: Case(
        _FRAME,
        _("unreadable frame: %(why)s"),
        _("It was answered with an error where it had an id; the connection stays."),
    ),
    Oddity.STRAY_ANSWER: Case(_FRAME, _("an answer to no call of ours"), _("It was ignored.")),
    Oddity.OTHER_ID: Case(
        _IDENTITY,
        _("connected as “%(comes)s”, known as “%(known)s”"),
        _("It is the same charger; its id here stays as it is."),
    ),
    Oddity.MANY_REQUESTS: Case(
        _SECURITY,
        _("more than %(most)s requests for certificates within a day"),
        _("It was rejected."),
    ),
    Oddity.CREDENTIALS_OF_NOBODY: Case(
        _SECURITY, _("it sent credentials that nobody here knows"), _("They were ignored.")
    ),
    Oddity.BAD_CERTIFICATE: Case(
        _SECURITY,
        _("its client certificate was not accepted: %(why)s"),
        _("It was ignored: its profile does not need one."),
    ),
    Oddity.BAD_HEADER: Case(
        _SECURITY,
        _("its Authorization header cannot be read"),
        _("It was ignored: profile 0 does not need a key."),
    ),
    Oddity.NEEDLESS_KEY: Case(
        _SECURITY,
        _("it sent its key, which its profile 0 does not need"),
        _("It was admitted. Its profile can be raised."),
    ),
    Oddity.FOREIGN_KEY: Case(
        _SECURITY,
        _("it sent a key that is not its own, which its profile 0 does not need"),
        _("It was admitted all the same."),
    ),
    Oddity.REFUSED: Case(
        _SECURITY,
        _(
            "a connection from %(address)s without TLS (%(refusal)s, security profile"
            " %(profile)s): %(why)s"
        ),
        _("The connection was refused."),
    ),
    Oddity.REFUSED_TLS: Case(
        _SECURITY,
        _(
            "a connection from %(address)s over TLS (%(refusal)s, security profile"
            " %(profile)s): %(why)s"
        ),
        _("The connection was refused."),
    ),
    Oddity.SPOOFED: Case(
        _SECURITY,
        _("headers with a client certificate came from %(address)s, which is no trusted proxy"),
        _("They were ignored."),
    ),
    Oddity.SECOND_CONNECTION: Case(
        _SECURITY,
        _("a second connection from %(address)s"),
        _("It was refused: the first one is alive."),
    ),
}
