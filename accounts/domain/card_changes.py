"""Allowing and blocking cards."""

from accounts.models import RFID


def set_allowed(card: RFID, allowed: bool, reason: str = "") -> bool:
    """Let a card authorise, or nothing any more, for `reason`. Returns whether that is a change.

    The reason of a block is stored with it and goes with it.
    """
    if card.allowed == allowed and (allowed or card.block_reason == reason):
        return False
    card.allowed = allowed
    card.block_reason = "" if allowed else reason
    card.save(update_fields=["allowed", "block_reason"])
    return True
