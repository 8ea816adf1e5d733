"""A charge point of a fleet: its vehicles, its meter and its faults."""

import json
import math
from typing import TYPE_CHECKING, Any

from ocpp.simulator.swarm import answers, messages
from ocpp.simulator.swarm.behaviours import Behaviour
from ocpp.simulator.swarm.messages import Call
from ocpp.simulator.swarm.presence import Presence
from ocpp.simulator.swarm.timers import Timer

if TYPE_CHECKING:
    from ocpp.simulator.swarm.swarm import Swarm

#: One Wh in millijoules: watts times milliseconds.
MJ_PER_WH = 3_600_000
#: Error codes of StatusNotification (OCPP 1.6, 7.6) that a fault may have.
FAULTS = ("GroundFailure", "HighTemperature", "OverCurrentFailure", "PowerMeterFailure")
#: How long a fault lasts, and the shortest real time between two losses of the connection.
FAULT_S, LEAST_DROP_S = (60, 600), 15.0
#: Real seconds from the answer to a Reset to the restart.
RESTART_S = 1.0
#: Real seconds after which a vehicle comes again that has come too early: that of the timestamps.
SECOND_S = 1.0


class Point(Presence):
    """One connector with a vehicle now and then.

    The meter counts real time, so that what it shows is what the connector can deliver.
    """

    __slots__ = (
        *("_began", "_end", "_energy_mj", "_faulted", "_sample", "_since", "_tag"),
        "_wh_at_start",
    )

    def __init__(self, swarm: "Swarm", number: int, behaviour: Behaviour) -> None:
        super().__init__(swarm, number, behaviour)
        #: The card in use, as JSON: from its being presented to the end.
        self._tag: str | None = None
        self._faulted = False
        #: What the register shows at `_since`, the time when energy began to flow, if it does.
        self._energy_mj = number * 1_000 * MJ_PER_WH
        self._since: float | None = None
        self._wh_at_start = 0
        #: When the last session began, as it was told, and what the register was then.
        self._began: tuple[str, int] | None = None
        self._sample: Timer | None = None
        self._end: Timer | None = None

    @property
    def free(self) -> bool:
        """Whether a vehicle may come."""
        return self._tag is None and not self._faulted and not self._leaving

    @property
    def repeats_itself(self) -> bool:
        """Whether a start would read now as the last one did: then it would be taken for that.

        Timestamps are of whole seconds, and an hour may pass in one. Where next to nothing was
        delivered in between, or the register begins with each session, nothing else differs.
        """
        return self._began == (self._moment(), self._wh_of_start())

    @property
    def charging(self) -> bool:
        """Whether energy flows."""
        return self._since is not None

    @property
    def power_w(self) -> int:
        """The power that flows, in watts."""
        return round(self.options.power_kw * 1000) if self.charging else 0

    @property
    def register_wh(self) -> int:
        """What the register shows."""
        flowing = 0
        if self._since is not None:
            flowing = self.power_w * round((self.swarm.clock() - self._since) * 1000)
        return (self._energy_mj + flowing) // MJ_PER_WH

    def _shown_wh(self) -> int:
        return self.register_wh - (self._wh_at_start if self.behaviour.relative else 0)

    def _wh_of_start(self) -> int:
        """What a session that begins now tells of the register."""
        return 0 if self.behaviour.relative else self.register_wh

    def _after(self, simulated_s: float, deed: Any) -> Timer:
        return self.swarm.timers.after(simulated_s / self.options.speed, deed)

    def _moment(self) -> str:
        return self.swarm.moment + self.behaviour.zone

    # --- the connection -----------------------------------------------------------------------

    def at_work(self) -> None:
        """Tell the status; for the first time, begin the day."""
        self.tell_status()
        if self.swarm.first_time(self.number):
            self._begin_day()

    def out_of_work(self) -> None:
        """A driver whose card was not answered yet leaves; a vehicle that charges goes on."""
        if self._tag is not None and not self.charging:
            self._free()

    def _begin_day(self) -> None:
        if self.dice.roll() < self.swarm.day.charging(self.swarm.hour):
            # As if it had come before the simulation began.
            self._after(self.dice.between(0, self.options.interval_s), self._arrive)
        else:
            self._await_vehicle()
        if self.behaviour.faults_every_s:
            self._after(self.dice.wait(self.behaviour.faults_every_s), self._fault)
        if self.behaviour.drops_every_s:
            self._plan_drop()

    def _plan_drop(self) -> None:
        real_s = self.dice.wait(self.behaviour.drops_every_s) / self.options.speed
        self.swarm.timers.after(max(LEAST_DROP_S, real_s), self._drop)

    def _drop(self) -> None:
        away_s = self.dice.wait(self.behaviour.away_s) / self.options.speed
        self.cut(away_s or None)
        self._plan_drop()

    def restart(self, reason: str) -> None:
        """Stop, and come back after a moment."""
        self.unplug(reason)
        self.swarm.timers.after(RESTART_S, self.cut)

    # --- vehicles -----------------------------------------------------------------------------

    def _await_vehicle(self) -> None:
        wait_s = self.swarm.day.wait_s(self.dice, self.swarm.hour)
        if math.isfinite(wait_s):
            self._after(wait_s, self._arrive)

    def _arrive(self) -> None:
        if not self.free:
            return
        if self.repeats_itself:
            self.swarm.timers.after(SECOND_S, self._arrive)
            return
        cards = self.options.rfids
        self.plug(cards[int(self.dice.roll() * len(cards))])

    def plug(self, id_tag: str) -> None:
        """A vehicle is plugged in and a card presented; without a connection it is believed."""
        self._tag = json.dumps(id_tag)
        if not self.line.ready:
            self._begin()
            return
        self.line.call(messages.status("Preparing", self._moment()))
        self.line.call(messages.authorize(self._tag))

    def _begin(self) -> None:
        assert self._tag is not None  # noqa: S101  (a card comes first)
        self._wh_at_start = self.register_wh
        self._began = self._moment(), self._wh_of_start()
        call = messages.start(self._tag, self._shown_wh(), self._moment())
        for _ in range(2 if self.behaviour.starts_twice else 1):
            self.line.call(call)
        self._since = self.swarm.clock()
        self.swarm.statistics.sessions += 1
        self.swarm.statistics.charging += 1
        self.tell_status()
        first_s = self.dice.between(0, self.options.interval_s)
        self._sample = self._after(first_s, self._take_sample)
        self._end = self._after(self.swarm.day.length_s(self.dice), lambda: self.unplug("Local"))

    def _take_sample(self) -> None:
        self._sample = self._after(self.options.interval_s, self._take_sample)
        self.tell_meter()

    def unplug(self, reason: str, *, told: bool = True) -> None:
        """The session ends for a reason of OCPP 1.6, 7.36; `told`: the server hears of it."""
        if self._since is None:
            self._free()
            return
        tag, wh = self._tag or '""', self.register_wh
        for timer in (self._sample, self._end):
            if timer is not None:
                timer.cancel()
        self.swarm.statistics.energy_wh += wh - self._wh_at_start
        self.swarm.statistics.charging -= 1
        if told:
            call = messages.stop(tag, self._shown_wh(), self._moment(), reason)
            for _ in range(2 if self.behaviour.stops_twice else 1):
                self.line.call(call)
        self._energy_mj, self._since = wh * MJ_PER_WH, None
        self._free()

    def _free(self) -> None:
        """The vehicle leaves, and another will come."""
        if self._tag is None:
            return
        self._tag = None
        if not self._leaving:
            self.tell_status()
            self._await_vehicle()

    def answered(self, call: Call, payload: dict[str, Any] | None) -> None:
        """Go on when the server has judged a card."""
        if call.action not in ("Authorize", "StartTransaction"):
            return
        accepted = payload is not None and _accepted(payload)
        self.swarm.statistics.cards_refused += not accepted
        if call.action == "Authorize":
            if self._tag is None or self.charging:
                return
            if accepted:
                self._begin()
            else:
                self._free()
            return
        number = payload.get("transactionId") if payload else None
        self.line.transaction = number if isinstance(number, int) else 0
        if not accepted:
            self.unplug("DeAuthorized", told=payload is not None)

    def asked(self, message_id: str, action: str, payload: dict[str, Any]) -> None:
        """Answer a call of the server, and obey."""
        answers.answer(self, message_id, action, payload)

    def given_up(self, call: Call) -> None:
        """Without an answer to its card a driver leaves."""
        super().given_up(call)
        if call.action == "Authorize" and not self.charging:
            self._free()

    def leave(self) -> None:
        """End the session and come no more."""
        super().leave()
        self.unplug("Local")

    # --- faults, and what the server may ask to hear ------------------------------------------

    def _fault(self) -> None:
        if self._leaving:
            return
        self._faulted = True
        self.unplug("Other")
        self.tell_status()
        self._after(self.dice.between(*FAULT_S), self._repair)

    def _repair(self) -> None:
        self._faulted = False
        self.tell_status()
        self._await_vehicle()
        self._after(self.dice.wait(self.behaviour.faults_every_s), self._fault)

    def tell_status(self) -> None:
        """Send StatusNotification."""
        if self._faulted:
            error = FAULTS[int(self.dice.roll() * len(FAULTS))]
            self.line.call(messages.status("Faulted", self._moment(), error))
            return
        status = "Charging" if self.charging else "Preparing" if self._tag else "Available"
        self.line.call(messages.status(status, self._moment()))

    def tell_meter(self) -> None:
        """Send MeterValues."""
        self.line.call(
            messages.meter_values(
                self.behaviour,
                self._shown_wh(),
                self.power_w,
                self._moment(),
                charging=self.charging,
            )
        )


def _accepted(payload: dict[str, Any]) -> bool:
    info = payload.get("idTagInfo")
    return isinstance(info, dict) and info.get("status") == "Accepted"
