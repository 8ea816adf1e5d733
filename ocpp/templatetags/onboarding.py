"""Template tag: `{% load onboarding %}{% chargers_waiting as count %}`."""

from django import template

from ocpp.domain import onboarding

register = template.Library()


@register.simple_tag
def chargers_waiting() -> int:
    """How many chargers wait for somebody to look at them."""
    return onboarding.count_waiting()
