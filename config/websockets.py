"""WebSocket paths that are also names that a charge point may have."""

from typing import Any

from django.urls import URLPattern


def but_not_charge_points(
    patterns: list[URLPattern], charge_points: list[URLPattern]
) -> list[URLPattern]:
    """The same patterns, for whoever does not say that it speaks OCPP.

    A charge point may be called by the last part of such a path; it is left to the last of
    `charge_points`, which takes any path.
    """
    return [
        URLPattern(
            pattern.pattern,
            _unless_ocpp(pattern.callback, charge_points[-1].callback),
            pattern.default_args,
            pattern.name,
        )
        for pattern in patterns
    ]


def _unless_ocpp(application: Any, charge_point: Any) -> Any:
    async def chosen(scope: Any, receive: Any, send: Any) -> None:
        spoken = scope.get("subprotocols") or ()
        speaks_ocpp = any(name.lower().startswith("ocpp") for name in spoken)
        await (charge_point if speaks_ocpp else application)(scope, receive, send)

    return chosen
