"""What a person, or a test, can do to a station: the cable, a tag, a fault, the power, the network, the door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from ocpp.v16.enums import ChargePointErrorCode, Reason

from probes.station.connector import Connector
from registry.errors import CannotBegin

if TYPE_CHECKING:
    from probes.station.station import Station

_ERRORS = tuple(str(code) for code in ChargePointErrorCode if code != ChargePointErrorCode.no_error)


class Controls:
    """Each method returns when the station has acted as far as it can at once. Raises `CannotBegin` for what the station does not have."""

    def __init__(self, station: Station) -> None:
        self._station = station

    async def plug(self, connector: int = 1) -> None:
        """Plug the cable into the car."""
        await self._station.charging.plug(self._connector(connector))

    async def unplug(self, connector: int = 1) -> None:
        """Pull the cable."""
        await self._station.charging.unplug(self._connector(connector))

    async def tag(self, id_tag: str, connector: int = 1) -> None:
        """Hold a tag to the reader."""
        if not 1 <= len(id_tag) <= 20:
            raise CannotBegin("a tag has 1 to 20 characters; give another one")
        await self._station.charging.present(self._connector(connector), id_tag)

    async def fault(self, connector: int = 1, error: str = "OtherError") -> None:
        """Break a connector, with the errorCode of OCPP 1.6 section 7.6; EVCommunicationError is the car's, and breaks nothing."""
        if error not in _ERRORS:
            raise CannotBegin(f"{error!r} is no error of a connector; known are {', '.join(_ERRORS)}")
        code, broken = ChargePointErrorCode(error), self._connector(connector)
        if code != ChargePointErrorCode.ev_communication_error:
            await self._station.charging.fault(broken, code)
        elif broken.plugged:
            await self._station.charging.lose_ev(broken)
        else:
            raise CannotBegin(f"connector {connector}: no car is there that could fall silent; plug one in first")

    async def emergency_stop(self) -> None:
        """Press the emergency button: every transaction ends (section 7.36)."""
        for connector in self._station.connectors.values():
            await self._station.charging.stop(connector, Reason.emergency_stop)

    async def repair(self, connector: int = 1) -> None:
        """Mend a connector, its lock too."""
        self._connector(connector).jammed = False
        await self._station.charging.repair(self._connector(connector))

    async def jam(self, connector: int = 1) -> None:
        """Make the lock of a connector stick."""
        self._connector(connector).jammed = True

    async def stall(self, times: int = 1) -> None:
        """Let the next resets fail, so many of them."""
        if times < 0:
            raise CannotBegin(f"{times} resets cannot fail; give a number from 0 on")
        self._station.power.failing_restarts = times

    async def power_cut(self) -> None:
        """Cut the power."""
        await self._station.power.cut()

    async def power_on(self) -> None:
        """Give the power back."""
        if not self._station.power.on:
            await self._station.power.restore()

    async def network_cut(self) -> None:
        """Cut the network."""
        await self._station.power.cut_network()

    async def network_on(self) -> None:
        """Give the network back."""
        self._station.power.restore_network()

    async def door_open(self) -> None:
        """Open the door to the inside."""
        await self._station.move_door(True)

    async def door_close(self) -> None:
        """Close the door."""
        await self._station.move_door(False)

    def state(self) -> dict[str, Any]:
        """How the station is, without anything that is secret: tags are not in it."""
        station = self._station
        return {
            "identity": station.identity,
            "lamp": {"intensityPercent": station.lamp.intensity, "blinks": station.lamp.blinks},
            "power": station.power.on,
            "online": station.online,
            "doorOpen": station.door_open,
            "connectors": {
                str(number): {
                    "status": str(connector.status),
                    "plugged": connector.plugged,
                    "transaction": connector.transaction.transaction_id if connector.transaction else None,
                    "registerWh": connector.meter.register,
                    "powerW": round(connector.meter.power, 1),
                }
                for number, connector in station.connectors.items()
            },
        }

    async def do(self, name: str, arguments: Mapping[str, Any]) -> None:
        """The control of this name (`power-cut` for `power_cut`). Raises `CannotBegin` for an unknown one, and for unsuitable arguments."""
        action = self._actions().get(name)
        if action is None:
            raise CannotBegin(f"{name!r}: there is no such control; known are {', '.join(self._actions())}")
        wanted = CONTROLS[name]
        for given, value in arguments.items():
            kind = wanted.get(given)
            if kind is None or not isinstance(value, kind) or isinstance(value, bool):
                raise CannotBegin(f"{name}: {given!r} does not fit; it takes {', '.join(wanted) or 'nothing'}")
        if name == "tag" and "id_tag" not in arguments:
            raise CannotBegin("tag: which one? give id_tag")
        await action(**arguments)

    def _actions(self) -> dict[str, Callable[..., Awaitable[None]]]:
        return {name: getattr(self, name.replace("-", "_")) for name in CONTROLS}

    def _connector(self, number: int) -> Connector:
        connector = self._station.connectors.get(number)
        if connector is None:
            raise CannotBegin(f"there is no connector {number}; the station has 1 to {len(self._station.connectors)}")
        return connector


_OF_CONNECTOR: dict[str, type] = {"connector": int}
CONTROLS: dict[str, dict[str, type]] = {
    "plug": _OF_CONNECTOR,
    "unplug": _OF_CONNECTOR,
    "tag": {"id_tag": str, "connector": int},
    "fault": {"connector": int, "error": str},
    "emergency-stop": {},
    "repair": _OF_CONNECTOR,
    "jam": _OF_CONNECTOR,
    "stall": {"times": int},
    "power-cut": {},
    "power-on": {},
    "network-cut": {},
    "network-on": {},
    "door-open": {},
    "door-close": {},
}
"""The controls by name, with what they take."""
