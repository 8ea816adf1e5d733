"""A simulated connector that is kept for a card (OCPP 1.6, 5.1 and 5.13)."""

from datetime import UTC, datetime, timedelta

from ocpp.tests.simulator.conftest import running
from ocpp.tests.simulator.test_calls import charging, waiting

SOON = timedelta(hours=1)


def reserve_now(number=1, *, for_s=3600, tag="CAFE0001", **more):
    """The payload of ReserveNow."""
    expires = (datetime.now(UTC) + timedelta(seconds=for_s)).isoformat()
    return {
        "connectorId": 1,
        "expiryDate": expires,
        "idTag": tag,
        "reservationId": number,
        **more,
    }


def last_status(central):
    """What our connector told last."""
    told = [s["status"] for s in central.sent("StatusNotification") if s["connectorId"] == 1]
    return told[-1] if told else None


async def test_it_is_shown_refuses_others_and_is_used_up(central, make):
    async with running(make(autostart=False)):
        await waiting(central)
        assert await central.call("ReserveNow", reserve_now(7)) == {"status": "Accepted"}
        await central.until(lambda: last_status(central) == "Reserved")
        other = {"idTag": "BEEF0002"}
        assert await central.call("RemoteStartTransaction", other) == {"status": "Rejected"}
        assert await central.call("ReserveNow", reserve_now(8)) == {"status": "Occupied"}
        # The same number replaces.
        again = reserve_now(7, tag="CAFE0003")
        assert await central.call("ReserveNow", again) == {"status": "Accepted"}
        assert await central.call("RemoteStartTransaction", {"idTag": "cafe0003"}) == {
            "status": "Accepted"
        }
    (start,) = central.sent("StartTransaction")
    assert (start["reservationId"], start["idTag"]) == (7, "cafe0003")
    assert last_status(central) == "Available"


async def test_it_is_cancelled(central, make):
    point = make(autostart=False)
    async with running(point):
        await waiting(central)
        await central.call("ReserveNow", reserve_now(7))
        assert await central.call("CancelReservation", {"reservationId": 8}) == {
            "status": "Rejected"
        }
        assert await central.call("CancelReservation", {"reservationId": 7}) == {
            "status": "Accepted"
        }
        await central.until(lambda: last_status(central) == "Available")
        assert await central.call("CancelReservation", {"reservationId": 7}) == {
            "status": "Rejected"
        }
        point.stop()


async def test_it_expires(central, make):
    async with running(make(autostart=False)):
        await waiting(central)
        assert await central.call("ReserveNow", reserve_now(for_s=0.4)) == {"status": "Accepted"}
        await central.until(lambda: last_status(central) == "Reserved")
        await central.until(lambda: last_status(central) == "Available")
        await central.call("RemoteStartTransaction", {"idTag": "BEEF0002"})
    assert "reservationId" not in central.sent("StartTransaction")[0]


async def test_a_card_of_the_group_may_use_it(central, make):
    async with running(make(autostart=False)):
        await waiting(central)
        await central.call("ReserveNow", reserve_now(parentIdTag="FAMILY"))
        for tag, parent in [("BEEF0002", "OTHERS"), ("BEEF0003", "Family")]:
            info = {"status": "Accepted", "parentIdTag": parent}
            central.say("Authorize", {"idTagInfo": info})
            answer = await central.call("RemoteStartTransaction", {"idTag": tag})
            assert answer == {"status": "Accepted"}
            await central.until(
                lambda t=tag: {"idTag": t} in central.sent("Authorize"),
            )
            if parent == "OTHERS":
                # It is refused once its group is known, and at once from then on.
                await central.until(lambda: last_status(central) == "Reserved")
    assert [start["idTag"] for start in central.sent("StartTransaction")] == ["BEEF0003"]


async def test_where_it_cannot_be(central, make):
    point = make(autostart=False, duration_s=1_000_000)
    async with running(point):
        await waiting(central)
        for payload, status in [
            (reserve_now() | {"connectorId": 2}, "Rejected"),
            (reserve_now(for_s=-1), "Rejected"),
        ]:
            assert await central.call("ReserveNow", payload) == {"status": status}
        out = {"connectorId": 1, "type": "Inoperative"}
        await central.call("ChangeAvailability", out)
        assert await central.call("ReserveNow", reserve_now()) == {"status": "Unavailable"}
        await central.call("ChangeAvailability", out | {"type": "Operative"})
        await central.call("RemoteStartTransaction", {"idTag": "CAFE0001"})
        await charging(central)
        assert await central.call("ReserveNow", reserve_now()) == {"status": "Occupied"}
        point.stop()
