"""What a charge point of a fleet says, as JSON texts: calls of OCPP 1.6 (section 6).

`@TX@` stands for the number of the transaction, which may be told only after a call was made.
"""

from typing import NamedTuple

from ocpp.simulator.swarm.behaviours import Behaviour

NUMBER = "@TX@"
HEARTBEAT = "{}"
VOLTS = 230


class Call(NamedTuple):
    """A call to be sent; `kept` ones are about a transaction and sent until they are answered."""

    action: str
    payload: str
    kept: bool = False


def boot(identity: str) -> Call:
    """BootNotification.req (6.3)."""
    return Call(
        "BootNotification",
        '{"chargePointVendor":"Arthexis","chargePointModel":"Fleet",'
        f'"chargePointSerialNumber":"{identity[-25:]}","firmwareVersion":"1.0"}}',
    )


def status(status: str, moment: str, error: str = "NoError") -> Call:
    """StatusNotification.req (6.47) of the only connector."""
    return Call(
        "StatusNotification",
        f'{{"connectorId":1,"errorCode":"{error}","status":"{status}","timestamp":"{moment}"}}',
    )


def authorize(id_tag: str) -> Call:
    """Authorize.req (6.1)."""
    return Call("Authorize", f'{{"idTag":{id_tag}}}')


def start(id_tag: str, register_wh: int, moment: str) -> Call:
    """StartTransaction.req (6.45)."""
    payload = (
        f'{{"connectorId":1,"idTag":{id_tag},"meterStart":{register_wh},"timestamp":"{moment}"}}'
    )
    return Call("StartTransaction", payload, kept=True)


def stop(id_tag: str, register_wh: int, moment: str, reason: str) -> Call:
    """StopTransaction.req (6.49)."""
    card = f'"idTag":{id_tag},' if reason == "Local" else ""
    payload = (
        f'{{"transactionId":{NUMBER},{card}"meterStop":{register_wh},'
        f'"timestamp":"{moment}","reason":"{reason}"}}'
    )
    return Call("StopTransaction", payload, kept=True)


def meter_values(
    behaviour: Behaviour, register_wh: int, power_w: int, moment: str, *, charging: bool
) -> Call:
    """MeterValues.req (6.31): register, power, current and voltage, as the behaviour has them."""
    connector = '"1"' if behaviour.numbers_as_text else "1"
    transaction = f',"transactionId":{NUMBER}' if charging and behaviour.names_transaction else ""
    values = _register(behaviour, register_wh)
    if behaviour.unit:
        deciamperes = power_w * 10 // (3 * VOLTS)
        values += (
            f',{{"value":"{power_w}","context":"Sample.Periodic",'
            '"measurand":"Power.Active.Import","unit":"W"},'
            f'{{"value":"{deciamperes // 10}.{deciamperes % 10}","context":"Sample.Periodic",'
            '"measurand":"Current.Import","phase":"L1","unit":"A"},'
            f'{{"value":"{VOLTS}.{register_wh % 10}","context":"Sample.Periodic",'
            '"measurand":"Voltage","phase":"L1-N","unit":"V"}'
        )
    payload = (
        f'{{"connectorId":{connector}{transaction}{behaviour.extra},'
        f'"meterValue":[{{"timestamp":"{moment}","sampledValue":[{values}]}}]}}'
    )
    return Call("MeterValues", payload, kept=charging)


def _register(behaviour: Behaviour, register_wh: int) -> str:
    if not behaviour.unit:
        return f'{{"value":"{register_wh}"}}'
    value = str(register_wh)
    if behaviour.unit == "kWh":
        value = f"{register_wh // 1000}.{register_wh % 1000:03}"
    return (
        f'{{"value":"{value}","context":"Sample.Periodic",'
        f'"measurand":"Energy.Active.Import.Register","unit":"{behaviour.unit}"}}'
    )
