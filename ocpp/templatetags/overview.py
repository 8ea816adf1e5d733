"""Template tag: `{% load overview %}{% network_overview as told %}`."""

from django import template
from django.utils import timezone

from ocpp.domain.queries import overview
from ocpp.domain.queries.overview import Overview

register = template.Library()


@register.simple_tag
def network_overview() -> Overview:
    """The numbers of now and of today."""
    return overview.of(timezone.now())
