"""The inbox of id tags that are no cards: filled by what charge points ask, emptied by staff.

It is bounded: of each charger, and in all, only the tags that were seen last are kept, so that a
flood of invented ones drives out no other charger's, and fills no database.
"""

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from accounts.domain import cards
from accounts.fields import is_uid, normalise
from accounts.models import RFID, User
from accounts.prepared import PreparedUpdate
from ocpp.choices import Registration
from ocpp.domain.errors import Conflict, Invalid, NotFound
from ocpp.domain.station import Station
from ocpp.models import UnknownTag

#: Tags that are kept of one charger, and in all.
MOST_OF_A_CHARGER = 100
MOST = 5000
#: How many are dropped at once.
_AT_ONCE = 100


_SEEN = PreparedUpdate(
    lambda tag, charger, now, answer: (
        UnknownTag.objects.filter(tag=tag),
        {"charger": charger, "last_seen": now, "answer": answer, "times": F("times") + 1},
    ),
    4,
)


def note(station: Station, id_tag: str, answer: str) -> None:
    """A tag that is no card was held to a charger, which was told `answer`.

    One that is not accepted fills no inbox.

    One statement for a tag that is in the inbox; a new one may drive out an older one.
    """
    tag = written(id_tag)
    if station.registration != Registration.ACCEPTED or not tag or not tag.isprintable():
        return
    if _SEEN.run(tag, station.pk, station.now, answer):
        return
    row = UnknownTag(
        tag=tag,
        backwards=reversed_uid(tag),
        charger_id=station.pk,
        first_seen=station.now,
        last_seen=station.now,
        answer=answer,
    )
    # Another process may add it at this very moment.
    UnknownTag.objects.bulk_create([row], ignore_conflicts=True)
    _drop_beyond(UnknownTag.objects.filter(charger=station.pk), MOST_OF_A_CHARGER)
    _drop_beyond(UnknownTag.objects.all(), MOST)


def _drop_beyond(rows: QuerySet[UnknownTag], most: int) -> None:
    newest_first = rows.order_by("-last_seen", "-pk")
    surplus = list(newest_first.values_list("pk", flat=True)[most : most + _AT_ONCE])
    if surplus:
        UnknownTag.objects.filter(pk__in=surplus).delete()


def written(id_tag: str) -> str:
    """An id tag as the inbox has it: what charge points mean alike is one tag."""
    uid = normalise(id_tag)
    if is_uid(uid):
        return uid
    return id_tag.upper() if id_tag.isascii() else id_tag


def reversed_uid(tag: str) -> str:
    """A UID with its bytes in the opposite order; "" for what is none."""
    return bytes.fromhex(tag)[::-1].hex().upper() if is_uid(tag) else ""


def inbox() -> QuerySet[UnknownTag]:
    """The tags that are no cards now, with `suggestion`: the card that, read backwards, it is.

    Those that staff ignore are among them.
    """
    backwards = RFID.objects.filter(rfid=OuterRef("backwards")).values("rfid")[:1]
    known = RFID.objects.filter(rfid=OuterRef("tag"))
    return (
        UnknownTag.objects.filter(~Exists(known))
        .select_related("charger")
        .annotate(suggestion=Subquery(backwards))
    )


def find(pk: int) -> UnknownTag:
    """The tag with this number in the inbox. Raises NotFound."""
    found = inbox().filter(pk=pk).first() if 0 < pk < 2**63 else None
    if found is None:
        raise NotFound(_("There is no unknown tag %(number)s.") % {"number": pk})
    return found


def why_not(row: UnknownTag) -> str:
    """Why a tag cannot be adopted as a card, in a sentence; "" when it can."""
    if is_uid(row.tag):
        return ""
    return _(
        "“%(tag)s” is not the number of a card, which has 8, 14 or 20 hexadecimal digits (0-9,"
        " A-F). Charge points and other systems make up such tags, for a start without a card,"
        " say. Ignore it, or have the charge point send the card's own number."
    ) % {"tag": row.tag[:40]}


def adopt(row: UnknownTag, user: User | None = None) -> RFID:
    """Make a card of the tag, allowed, of `user` or nobody; it leaves the inbox.

    Raises Invalid for a tag that cannot be a card, Conflict when the card is there already.
    """
    problem = why_not(row)
    if problem:
        raise Invalid("tag", problem)
    taken = Conflict(_("%(tag)s is a card already.") % {"tag": row.tag})
    if cards.find(row.tag) is not None:
        raise taken
    try:
        with transaction.atomic():
            card: RFID = RFID.objects.create(rfid=row.tag, user=user)
            UnknownTag.objects.filter(tag=row.tag).delete()
    except IntegrityError:
        raise taken from None
    return card


def ignore(row: UnknownTag, *, ignored: bool = True) -> None:
    """Staff want to see no more of it, or again."""
    UnknownTag.objects.filter(pk=row.pk).update(ignored=ignored)
    row.ignored = ignored
