"""Cases of the Core profile that need neither a person nor a car and change nothing on a compliant station."""

from __future__ import annotations

from collections.abc import Sequence

from probes.cases.catalogue import case
from probes.cases.endings import NotExercised
from probes.cases.requests import accepted
from probes.cases.station import AuditedStation
from probes.cases.tags import PROBE_ID_TAG
from probes.judge.configuration import PROBE_KEYS, PROFILES_KEY, required_keys
from probes.judge.requests import PROBE_SETTING, PROBE_VENDORS

UNKNOWN_KEYS_AT_ONCE = 10
"""How many keys one GetConfiguration asks for at most, below what the station allows."""


@case("TC_019_CS", reads_only=True)
async def retrieve_configuration(station: AuditedStation) -> None:
    """Retrieve configuration: one key, all keys, some keys, and one key that does not exist."""
    await station.get_configuration([PROFILES_KEY])
    await read_configuration(station)
    known = sorted(reading.key for reading in station.shadow.configuration.values() if reading.key.casefold() != "authorizationkey")
    if keys_at_once(station) > 1 and known:
        await station.get_configuration([known[0], PROBE_KEYS[0]])
    else:
        await station.get_configuration([PROBE_KEYS[0]])


async def read_configuration(station: AuditedStation) -> None:
    """Read all settings; then ask by name for what the certificate declares, or the specification requires for what it certifies, and the
    list does not have, before it is called missing.
    """
    await station.get_configuration()
    listed = station.shadow.configuration
    declared = station.certified.facts.configuration_keys or {}
    wanted = {key.casefold(): key for key, value in declared.items() if value is not None}
    wanted |= {facts.key.casefold(): facts.key for facts in required_keys(station.certified) if facts.key.casefold() not in wanted}
    absent = [key for folded, key in wanted.items() if folded not in listed]
    for batch in _batches(absent, keys_at_once(station)):
        await station.get_configuration(batch)


def keys_at_once(station: AuditedStation) -> int:
    """How many keys may be asked for in one request (1.6 5.8); one while the station has not told."""
    reading = station.shadow.configuration.get("getconfigurationmaxkeys")
    text = (reading.value or "").strip() if reading else ""
    allowed = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return max(1, min(allowed, UNKNOWN_KEYS_AT_ONCE))


def _batches(keys: Sequence[str], size: int) -> list[Sequence[str]]:
    return [keys[start : start + size] for start in range(0, len(keys), size)]


@case("TC_040_1_CS")
async def change_unknown_key(station: AuditedStation) -> None:
    """Configuration key - NotSupported. Only for a key that the station, having listed all, does not have."""
    shadow = station.shadow
    if shadow.full_read is None or PROBE_SETTING.casefold() in shadow.configuration:
        raise NotExercised(f"only when the station's list of settings was read and has no key {PROBE_SETTING}")
    await station.change_configuration(PROBE_SETTING, "true")


@case("TC_062_CS")
async def data_transfer_unknown_vendor(station: AuditedStation) -> None:
    """Data Transfer to a Charge Point, for a vendor that does not exist."""
    await station.data_transfer(vendor_id=PROBE_VENDORS[0], message_id="probe")


@case("TC_031_CS")
async def unlock_unknown_connector(station: AuditedStation) -> None:
    """Unlock Connector - Unknown Connector."""
    highest = station.needs_connector_count()
    await station.unlock_connector(highest + 1)


@case("TC_028_CS")
async def remote_stop_unknown_transaction(station: AuditedStation) -> None:
    """Remote Stop Transaction - Rejected: for an id drawn at random, which harms nothing even where a state is not known."""
    await station.settle()
    station.needs_no_transaction()
    await station.remote_stop_transaction(station.unknown_transaction_id())


@case("TC_027_CS")
async def remote_start_connector_zero(station: AuditedStation) -> None:
    """Remote start transaction - connector id shall not be 0. Only while no connector could be in anybody's use."""
    await station.needs_idle()
    before = station.transcript.seq
    answer = await station.remote_start_transaction(PROBE_ID_TAG, connector_id=0)
    if accepted(answer):
        await station.stop_what_was_started(before)
