"""Whether a charge point belongs here: what staff decide about it."""

from ocpp.choices import Registration
from ocpp.models import Charger


def decide(charger: Charger, registration: Registration) -> None:
    """Accept, reject or put off a charger.

    It learns it with its next BootNotification, which OCPP 1.6 (4.2) has it repeat while it is
    not accepted. One that staff have decided about counts as known: it is not forgotten when it
    never boots.
    """
    charger.registration = registration
    charger.discovered = False
    charger.save(update_fields=["registration", "discovered"])
