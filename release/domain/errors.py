"""Why a release does not go on."""


class ReleaseError(Exception):
    """What was wrong, and what to do: one sentence for whoever releases."""
