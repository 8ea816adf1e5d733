"""What stands on the label that is stuck to a charger."""

from collections.abc import Iterable

from django.conf import settings
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from ocpp.choices import Registration
from ocpp.domain import links
from ocpp.models import Charger
from qrcodes.labels import Label

#: Labels that are made at a time: whole sheets of every layout, in a few seconds.
AT_A_TIME = 96
#: Chargers that an address can name.
MOST_CHOSEN = 200


def chosen(keys: Iterable[int]) -> QuerySet[Charger]:
    """The chargers with these keys, in order of their ids; all accepted ones without any."""
    wanted = list(keys)
    chargers = Charger.objects.only("charger_id", "name").order_by("charger_id")
    if wanted:
        return chargers.filter(pk__in=wanted)
    return chargers.filter(registration=Registration.ACCEPTED)


def of_charger(charger: Charger) -> Label:
    """The label: the code of its landing page, what it is called, and what to do.

    A driver's language is not known, so what to do is said in every language of the site.
    """
    return Label(
        value=links.landing_url(charger),
        title=charger.name or charger.charger_id,
        subtitle=charger.charger_id if charger.name else "",
        instructions=_instructions(),
    )


def _instructions() -> tuple[str, ...]:
    texts = []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            texts.append(_("Scan the code to charge here."))
    return tuple(texts)
