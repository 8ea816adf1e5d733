"""Which webhooks are to be told of an event."""

from collections.abc import Sequence

from events.models import Delivery, Event, Webhook


def fan_out(found: Sequence[Event]) -> int:
    """A delivery for each event and webhook that wants it; returns how many.

    In the transaction in which the events are written: neither is there without the other.
    """
    if not found:
        return 0
    made = []
    for webhook in Webhook.objects.filter(active=True).prefetch_related("chargers"):
        chargers = {charger.pk for charger in webhook.chargers.all()}
        made += [
            Delivery(webhook=webhook, event=event)
            for event in found
            if (not webhook.types or event.type in webhook.types)
            and (not chargers or event.charger_id in chargers)
        ]
    Delivery.objects.bulk_create(made, batch_size=500)
    return len(made)
