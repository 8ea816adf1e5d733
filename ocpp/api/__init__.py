"""REST: chargers, sessions, readings, and commands. `config.api` mounts `router` under /ocpp/.

What is told of charging under /accounts/ is in `of_accounts`.
"""

from ninja import Router

from ocpp.api import (
    actions,
    anomalies,
    bulk,
    chargers,
    commands,
    connectors,
    onboarding,
    plans,
    readings,
    reviews,
    sessions,
    statements,
    tariffs,
    unknown_tags,
)

router = Router(tags=["chargers"])
# The order counts: a charger's id may hold a slash, so the longer paths are looked at first.
for part in (
    bulk,
    actions,
    commands,
    chargers,
    connectors,
    sessions,
    readings,
    plans,
    tariffs,
    anomalies,
    unknown_tags,
    onboarding,
    reviews,
):
    router.add_router("", part.router)

of_accounts = statements.router

__all__ = ["of_accounts", "router"]
