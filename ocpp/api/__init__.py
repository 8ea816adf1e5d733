"""REST: chargers, their log, and commands to them. `config.api` mounts `router` under /ocpp/."""

from ninja import Router

from ocpp.api import actions, bulk, chargers, onboarding, reviews, unknown_tags

router = Router(tags=["chargers"])
# The order counts: a charger's id may hold a slash, so the longer paths are looked at first.
router.add_router("", bulk.router)
router.add_router("", actions.router)
router.add_router("", chargers.router)
router.add_router("", unknown_tags.router)
router.add_router("", onboarding.router)
router.add_router("", reviews.router)

__all__ = ["router"]
