"""The secret that the nodes of a constellation share."""

from hmac import compare_digest

from django.conf import settings

#: The header in which a node shows it.
HEADER = "X-Mesh-Token"


def is_member(shown: str) -> bool:
    """Whether `shown` is the mesh token. Never, where none is set. Takes the same time for all."""
    token: str = settings.MESH_TOKEN
    same = compare_digest(shown.encode("utf-8", "surrogatepass"), token.encode())
    return bool(token) and same
