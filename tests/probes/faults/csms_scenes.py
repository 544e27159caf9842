"""Short scenes in which a CSMS's faults can be seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.probes.doubles import BEGINNING
from tests.probes.faults.rig import Rig
from tests.probes.faults.station_scenes import profile

STAMP = "2026-01-01T00:00:00Z"
TOMORROW = BEGINNING + timedelta(days=1)


async def boot(rig: Rig) -> None:
    """A station comes up, and lives for a heartbeat."""
    await rig.wait(301)
    await rig.say("Heartbeat")


async def tags(rig: Rig) -> None:
    """Tags of every kind; an answer is waited for longer than any certificate allows."""
    for id_tag in ("GOOD", "UNKNOWN", "BLOCKED", "EXPIRED"):
        await rig.say("Authorize", idTag=id_tag)
    await rig.wait(500)


async def transactions(rig: Rig) -> None:
    """Two transactions, one told twice, one of an unknown tag; a tag that is in use; values; ends, one of what never began."""

    async def start(connector: int, id_tag: str, meter: int = 0) -> Any:
        told = await rig.say("StartTransaction", connectorId=connector, idTag=id_tag, meterStart=meter, timestamp=STAMP)
        return told.payload.get("transactionId") if isinstance(told.payload, dict) else None

    first = await start(1, "GOOD")
    await start(1, "GOOD")
    await start(2, "UNKNOWN", 7)
    await start(1, "ONCE", 8)
    await start(2, "ONCE", 9)
    value = {"timestamp": STAMP, "sampledValue": [{"value": "1"}]}
    await rig.say("MeterValues", connectorId=1, meterValue=[value])
    known = first if isinstance(first, int) else 1
    await rig.say("StopTransaction", transactionId=known, meterStop=10, timestamp=STAMP, idTag="GOOD")
    await rig.say("StopTransaction", transactionId=4711, meterStop=10, timestamp=STAMP)


async def notifications(rig: Rig) -> None:
    """Everything else that a station tells, and what no CSMS understands."""
    await rig.say("StatusNotification", connectorId=1, errorCode="NoError", status="Available")
    await rig.say("DataTransfer", vendorId="anybody")
    await rig.say("FirmwareStatusNotification", status="Idle")
    await rig.say("DiagnosticsStatusNotification", status="Idle")
    await rig.say("SecurityEventNotification", type="SettingSystemTime", timestamp=STAMP)
    await rig.say("LogStatusNotification", status="Idle")
    await rig.say("SignedFirmwareStatusNotification", status="Idle")
    await rig.say("SignCertificate", csr="none")
    await rig.raw('[2,"odd-1","MakeCoffee",{}]', of_station=True)
    await rig.raw('[2,"odd-2","Heartbeat",[]]', of_station=True)
    await rig.raw('[2,"odd-3","Authorize",{"idTag":7}]', of_station=True)
    await rig.wait(5)


async def core(rig: Rig) -> None:
    """The operations of Core."""
    await rig.operate(lambda ask: ask.get_configuration(["HeartbeatInterval", "NumberOfConnectors"]))
    await rig.operate(lambda ask: ask.change_configuration("HeartbeatInterval", "600"))
    await rig.operate(lambda ask: ask.change_availability(2, "Inoperative"))
    await rig.operate(lambda ask: ask.remote_start("GOOD", 1))
    await rig.operate(lambda ask: ask.remote_stop(7))
    await rig.operate(lambda ask: ask.unlock_connector(1))
    await rig.operate(lambda ask: ask.reset("Hard"))


async def lists(rig: Rig) -> None:
    """A full local list, and a change of it."""
    entry = {"idTag": "LISTED", "idTagInfo": {"status": "Accepted"}}
    await rig.operate(lambda ask: ask.send_local_list([entry]))
    await rig.operate(lambda ask: ask.send_local_list([entry], "Differential"))


async def reservations(rig: Rig) -> None:
    """A reservation and its end."""
    await rig.operate(lambda ask: ask.reserve_now(1, "GOOD", TOMORROW, 11))
    await rig.operate(lambda ask: ask.cancel_reservation(11))


async def smart(rig: Rig) -> None:
    """Profiles of each purpose, what they come to, and one cleared."""
    await rig.operate(lambda ask: ask.set_charging_profile(1, profile(1)))
    await rig.operate(lambda ask: ask.set_charging_profile(0, profile(2, "ChargePointMaxProfile")))
    await rig.operate(lambda ask: ask.set_charging_profile(1, profile(3, "TxProfile")))
    await rig.operate(lambda ask: ask.get_composite_schedule(1, 600, "A"))
    await rig.operate(lambda ask: ask.clear_charging_profile(1))


async def files(rig: Rig) -> None:
    """Firmware and diagnostics, and a message triggered."""
    await rig.operate(lambda ask: ask.update_firmware("http://files/f", TOMORROW))
    await rig.operate(lambda ask: ask.get_diagnostics("http://files/"))
    await rig.operate(lambda ask: ask.trigger_message("StatusNotification", 1))


async def security(rig: Rig) -> None:
    """A password, a log, a root certificate."""
    await rig.operate(lambda ask: ask.change_configuration("AuthorizationKey", "00112233445566778899"))
    await rig.operate(lambda ask: ask.get_log("SecurityLog", 1, {"remoteLocation": "http://files/"}))
    await rig.operate(lambda ask: ask.install_certificate("CentralSystemRootCertificate", "none"))
