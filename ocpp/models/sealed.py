"""Where the first migrations look for the field: it stands in `accounts`, for all apps."""

from accounts.sealed import SealedTextField

__all__ = ["SealedTextField"]
