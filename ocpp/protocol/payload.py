"""The base of every message's Struct."""

from typing import Annotated

from msgspec import Meta, Struct


class Payload(Struct, omit_defaults=True, gc=False):
    """A message's payload; an absent optional field is None and is not written."""


# Strings of the standard: CiString20Type (OCPP 1.6, 7.20) and its longer kin.
Text20 = Annotated[str, Meta(max_length=20)]
Text25 = Annotated[str, Meta(max_length=25)]
Text50 = Annotated[str, Meta(max_length=50)]
Text255 = Annotated[str, Meta(max_length=255)]
Text500 = Annotated[str, Meta(max_length=500)]

# The standard bounds integers to 32 bits; meters are known to send more, 18 digits is the limit.
Integer = Annotated[int, Meta(ge=-(10**18) + 1, le=10**18 - 1)]
