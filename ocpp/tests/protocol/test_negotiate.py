"""Which version is spoken, from what is offered."""

import pytest

from ocpp.protocol.negotiate import negotiate
from ocpp.protocol.v16 import VERSION


@pytest.mark.parametrize("offer", ["ocpp1.6", "ocpp1.6j", "OCPP1.6", "Ocpp1.6J", "ocpp1.6-json"])
def test_an_alias_means_1_6_and_is_echoed_as_it_was_spelled(offer: str) -> None:
    assert negotiate([offer]) == (VERSION, offer)


def test_no_offer_means_1_6_and_no_subprotocol_is_answered() -> None:
    assert negotiate([]) == (VERSION, None)


@pytest.mark.parametrize(
    "offers", [["ocpp2.0.1", "ocpp1.6"], ["ocpp1.6", "ocpp1.5"], ["mqtt", "ocpp1.6", "OCPP1.6"]]
)
def test_of_several_offers_the_first_that_is_spoken(offers: list[str]) -> None:
    assert negotiate(offers) == (VERSION, "ocpp1.6")


@pytest.mark.parametrize("offers", [["ocpp1.5"], ["ocpp2.0.1", "ocpp2.1"], ["mqtt"], [""]])
def test_offers_that_are_not_spoken(offers: list[str]) -> None:
    assert negotiate(offers) == (None, None)
