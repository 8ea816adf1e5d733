"""A charge point made of the PyPI library `ocpp`, steered over its input.

    python charge_point.py URL CHARGER_ID ANSWERS [TLS]

TLS is a JSON object with paths of PEM files: "authority" of the server, and perhaps "certificate"
and "key" of the charge point itself.

It speaks the same lines as `node/charge_point.js`, where they are explained, and is run by the
interpreter of the library's own environment: it can import nothing of the project. The library
checks every answer and every command against the schemas that it ships.
"""

import asyncio
import copy
import json
import ssl
import sys
from typing import Any

import websockets
from ocpp.charge_point import camel_to_snake_case, snake_to_camel_case
from ocpp.exceptions import OCPPError
from ocpp.messages import validate_payload
from ocpp.v16 import ChargePoint, call, call_result

from ocpp.routing import on


def tell(line: dict[str, Any]) -> None:
    """Write one line of output. The library reads the rates of a profile as Decimals."""
    print(json.dumps(line, default=float), flush=True)


def handler(action: str, answer: dict[str, Any]) -> Any:
    """A method that answers the command `action` with `answer`."""

    def handle(self: ChargePoint, **payload: Any) -> Any:
        tell({"command": action, "payload": snake_to_camel_case(payload)})
        return getattr(call_result, action)(**camel_to_snake_case(answer))

    # The library finds its handlers by the names of their functions.
    handle.__name__ = f"on_{action}"
    return on(action)(handle)


class SteeredChargePoint(ChargePoint):
    """Reports what the library itself only logs: a command that breaks its schema."""

    async def _handle_call(self, msg: Any) -> Any:
        try:
            # A copy, as the library changes what it checks and will check it again.
            await validate_payload(copy.copy(msg), self._ocpp_version)
        except OCPPError as error:
            tell({"invalid": f"{msg.action}: {error!r}"})
        return await super()._handle_call(msg)

    async def make(self, action: str, payload: dict[str, Any]) -> None:
        """Make one call and tell how it ended."""
        request = getattr(call, action)(**camel_to_snake_case(payload))
        try:
            result = await self.call(request, suppress=False)
        except OCPPError as error:
            tell({"fault": error.code, "description": f"{error!r}"})
        else:
            tell({"result": snake_to_camel_case(vars(result))})


def tls_context(authority: str, certificate: str = "", key: str = "") -> ssl.SSLContext:
    """Trust `authority`, and show a certificate if there is one."""
    context = ssl.create_default_context(cafile=authority)
    if certificate:
        context.load_cert_chain(certificate, key)
    return context


async def main(
    url: str,
    charger_id: str,
    answers: dict[str, dict[str, Any]],
    tls: dict[str, str] | None = None,
) -> None:
    """Connect, make the calls of the input, close."""
    methods = {f"on_{action}": handler(action, answer) for action, answer in answers.items()}
    charge_point_type = type("Answering", (SteeredChargePoint,), methods)
    context = tls_context(**tls) if tls else None
    async with websockets.connect(
        f"{url}/{charger_id}", subprotocols=["ocpp1.6"], ssl=context
    ) as socket:
        tell({"connected": socket.subprotocol})
        charge_point = charge_point_type(charger_id, socket, response_timeout=20)
        listening = asyncio.create_task(charge_point.start())
        while line := await asyncio.to_thread(sys.stdin.readline):
            order = json.loads(line)
            await charge_point.make(order["call"], order["payload"])
        listening.cancel()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3], *(json.loads(text) for text in sys.argv[3:])))
