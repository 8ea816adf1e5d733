"""REST: people, cards, energy and tokens. `config.api` mounts `router` under /accounts/.

What every app's part of the API stands on is here too: `body`, `lists`, `problems`, `rate`,
`values`, `whose`.
"""

from ninja import Router

from accounts.api import cards, credits, people, tokens, vehicles

router = Router(tags=["accounts"])
# The order counts: an account's number stands where other lists have their name.
router.add_router("", cards.router)
router.add_router("", vehicles.router)
router.add_router("", tokens.router)
router.add_router("", credits.router)
router.add_router("", people.router)

__all__ = ["router"]
