"""How a request that is not carried out is answered, and with which statuses."""

from ninja import Schema

#: What a request that reads a list, that names one thing, or that changes something may get.
#: 304, 429 and 503 may answer any request: `config.api` adds them to the description.
LIST = frozenset({400, 401, 403})
ONE = frozenset({400, 401, 403, 404})
WRITE = frozenset({400, 401, 403, 404, 409, 413, 415})


class Problem(Schema):
    """Why a request was not carried out."""

    detail: str
