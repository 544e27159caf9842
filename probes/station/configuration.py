"""The configuration keys of the built-in station: read, changed, with their types and access (OCPP 1.6 sections 5.3, 5.8 and 9)."""

from __future__ import annotations

from collections.abc import Iterable

from ocpp.v16.datatypes import KeyValue
from ocpp.v16.enums import ConfigurationStatus, Measurand

from probes.station.catalogue import StandardKey, standard_keys
from probes.station.config import VALUE_LIMIT, StationConfig
from probes.station.key_values import FULL_INTENSITY, LIGHT_INTENSITY, PHASE_ROTATION, items, rotation_of, suits_as_rotations
from probes.station.store import Store

_MEASURAND_KEYS = frozenset({"MeterValuesSampledData", "MeterValuesAlignedData", "StopTxnSampledData", "StopTxnAlignedData"})
_UNLOCK_KEY = "UnlockConnectorOnEVSideDisconnect"
_TRANSFER_KEY = "SupportedFileTransferProtocols"
_SAVED = "configuration"
_BOOLEANS = {"true": True, "false": False}


class Configuration:
    """The keys of one station. Names are compared without regard to case (CiString50Type); answers spell them as configured.

    A key outside the standard catalogue is a vendor's: a text that may be written. What the CSMS has changed outlasts reboots; a key
    of `config.reboot_keys` has its new value for the CSMS at once and for the station after a reboot.
    """

    def __init__(self, config: StationConfig, store: Store | None = None) -> None:
        keys = config.keys
        self._config = config
        self._store = store or Store()
        self._values = dict(keys)
        if config.fixed_cable and _UNLOCK_KEY in keys and _BOOLEANS.get(keys[_UNLOCK_KEY].casefold()):
            self._values[_UNLOCK_KEY] = "false"
        self._in_force = dict(self._values)
        self._names = {name.casefold(): name for name in keys}
        self._standard = {name: standard_keys().get(name) or StandardKey(name, "string", "RW", "", False) for name in keys}
        self._supported = frozenset(item for name in _MEASURAND_KEYS for item in items(keys.get(name, "")))
        saved: dict[str, str] = self._store.get(_SAVED) or {}
        self._changed = {name: value for name, value in saved.items() if self._takes(name, value)}
        self._values |= self._changed
        self._in_force = dict(self._values)

    def read(self, names: Iterable[str]) -> tuple[list[KeyValue], list[str]]:
        """The named keys that can be read (all of them when none is named), and the names that are no readable key."""
        asked = list(names)
        found: list[KeyValue] = []
        unknown: list[str] = []
        for name in asked or self._values:
            known = self._names.get(name.casefold())
            if known is not None and self._standard[known].readable:
                found.append(KeyValue(key=known, readonly=not self._writable(known), value=self._values[known]))
            elif asked:
                unknown.append(name)
        return found, unknown

    def change(self, name: str, value: str) -> ConfigurationStatus:
        """Set a key, if there is such a key and the value suits it; nothing is changed otherwise."""
        known = self._names.get(name.casefold())
        if known is None:
            return ConfigurationStatus.not_supported
        if not self._takes(known, value):
            return ConfigurationStatus.rejected
        self._values[known] = self._changed[known] = value
        self._store.put(_SAVED, self._changed)
        if known in self._config.reboot_keys and self._in_force[known] != value:
            return ConfigurationStatus.reboot_required
        self._in_force[known] = value
        return ConfigurationStatus.accepted

    def rebooted(self) -> None:
        """What waited for a reboot takes effect."""
        self._in_force = dict(self._values)

    def set(self, name: str, value: str) -> None:
        """Set a key of the station's own accord; a key that does not exist stays so."""
        if name in self._values:
            self._values[name] = self._in_force[name] = value

    def _takes(self, name: str, value: str) -> bool:
        return name in self._values and self._writable(name) and self._suits(name, value)

    def _writable(self, name: str) -> bool:
        """A fixed cable has no lock to be configured: the key is false whatever was given (errata v4.0 section 3.83)."""
        return self._standard[name].writable and not (name == _UNLOCK_KEY and self._config.fixed_cable)

    def text(self, name: str, default: str = "") -> str:
        """The value of a key, `default` when the station does not have it."""
        return self._in_force.get(name, default)

    def integer(self, name: str, default: int) -> int:
        """The value of a key as a number."""
        value = self._in_force.get(name, "")
        return int(value) if _is_integer(value) else default

    def limit(self, name: str) -> int | None:
        """The value of a key that limits something; None when the station does not have it."""
        value = self._in_force.get(name, "")
        return int(value) if _is_integer(value) else None

    def flag(self, name: str, default: bool = False) -> bool:
        """The value of a key as a truth value."""
        return _BOOLEANS.get(self._in_force.get(name, "").casefold(), default)

    def rotation(self, connector_id: int) -> str:
        """How the phases of a connector are wired to the meter (section 9.1.7)."""
        return rotation_of(self.text(PHASE_ROTATION), connector_id)

    def transfers_by(self, scheme: str) -> bool:
        """Whether files go by this protocol: SupportedFileTransferProtocols, where the station has it (errata v4.0 section 3.88)."""
        named = {item.casefold() for item in items(self.text(_TRANSFER_KEY))}
        return not self.has(_TRANSFER_KEY) or scheme.casefold() in named

    def has(self, name: str) -> bool:
        """Whether the station has this key: for optional keys that says whether it has the function."""
        return name in self._values

    def _suits(self, name: str, value: str) -> bool:
        if len(value) > VALUE_LIMIT:
            return False
        kind = self._standard[name].type
        if kind == "boolean":
            return value.casefold() in _BOOLEANS
        if kind == "integer":
            return _is_integer(value) and (name != LIGHT_INTENSITY or int(value) <= FULL_INTENSITY)
        if name == PHASE_ROTATION:
            return suits_as_rotations(value, self._config.connectors, self.limit(f"{PHASE_ROTATION}MaxLength"))
        if name in _MEASURAND_KEYS:
            return self._suits_as_measurands(name, value)
        return True

    def _suits_as_measurands(self, name: str, value: str) -> bool:
        """Errata v3.0 on section 9.1: a list with an unsupported measurand is rejected as a whole; an empty list means no readings."""
        wanted = items(value)
        known = {str(measurand) for measurand in Measurand}
        limit = self.integer(f"{name}MaxLength", len(wanted))
        return len(wanted) <= limit and all(item in self._supported and item in known for item in wanted)


def _is_integer(value: str) -> bool:
    """A number that is not negative: no key of OCPP 1.6 has a meaning for a negative one. Leading and trailing blanks are not taken."""
    return value.isascii() and value.isdigit() and len(value) < 10
