"""Finding what a person or a program names."""

from django.db.models import Q
from django.utils.translation import gettext as _

from ocpp.domain.chargers import MAX_ID
from ocpp.domain.errors import NotFound
from ocpp.models import Charger
from ocpp.models.charger import identity_key


def find_charger(cid: str) -> Charger:
    """The charger with the id `cid`, in whatever letter case and Unicode form.

    Two spellings of one id are one charger, so there is never more than one. Raises NotFound.
    """
    charger = None
    # What cannot be printed is in no id, and some of it is more than a database takes.
    if 1 <= len(cid) <= MAX_ID and cid.isprintable():
        by_id = Q(charger_id=cid) | Q(id_key=identity_key(cid))
        charger = Charger.objects.filter(by_id).first()
    if charger is None:
        raise NotFound(_("There is no charger %(id)s.") % {"id": cid[:MAX_ID]})
    return charger
