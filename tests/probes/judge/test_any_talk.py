"""Whatever stands in the messages of charging profiles, triggers and files, there is a judgement: recordings come from anywhere."""

from __future__ import annotations

import random
from typing import Any

import pytest

from probes.judge.catalogue import feature_profiles
from probes.judge.rules.firmware import FILE, SAW
from probes.wire.records import EventKind
from tests.probes.judge.talk import CORE_KEYS, CSMS, STATION, Talk, certificate

JUNK: tuple[Any, ...] = (None, True, -1, 0, 1, 2, 10**30, 1e308, 0.5, "", "1", "A", "nan", "9999-12-31T23:59:59Z", [], [1], {}, {"a": []})
DATES = ("2026-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-01-01T00:00:00", "yesterday")
NAMES = {
    "connectorId": (0, 1, 2),
    "status": ("Accepted", "Rejected", "NotImplemented", "Uploaded", "Downloading", "Installing", "Downloaded"),
    "requestedMessage": ("MeterValues", "StatusNotification", "Heartbeat"),
    "duration": (0, 300, 10**9),
    "chargingRateUnit": ("A", "W"),
    "chargingProfilePurpose": ("TxProfile", "TxDefaultProfile", "ChargePointMaxProfile"),
    "chargingProfileKind": ("Absolute", "Relative", "Recurring"),
    "stackLevel": (0, 5),
    "chargingProfileId": (1, 2),
    "transactionId": (1, 2),
    "id": (1, 2),
    "limit": (0, 6.5),
    "startPeriod": (0, 60, 10**12),
    "measurand": ("Current.Import", "Power.Active.Import"),
    "unit": ("A", "W", "kW"),
    "context": ("Trigger", "Sample.Periodic"),
    "phase": ("L1", "N"),
    "value": ("16", "nan", "inf", "-1"),
    "fileName": ("x", ""),
    "idTag": ("TAG",),
}
SCHEDULE = ("duration", "startSchedule", "chargingRateUnit", "chargingSchedulePeriod")
PROFILE = (
    "chargingProfileId",
    "stackLevel",
    "chargingProfilePurpose",
    "chargingProfileKind",
    "transactionId",
    "validFrom",
    "validTo",
    "chargingSchedule",
)
NESTED = {
    "chargingSchedulePeriod": ("startPeriod", "limit"),
    "chargingSchedule": SCHEDULE,
    "csChargingProfiles": PROFILE,
    "chargingProfile": PROFILE,
    "meterValue": ("timestamp", "sampledValue"),
    "sampledValue": ("value", "measurand", "unit", "context", "phase"),
}
LISTS = frozenset({"chargingSchedulePeriod", "meterValue", "sampledValue"})
ASKED = {
    "SetChargingProfile": (("connectorId", "csChargingProfiles"), ("status",)),
    "ClearChargingProfile": (("id", "connectorId", "stackLevel"), ("status",)),
    "GetCompositeSchedule": (("connectorId", "duration", "chargingRateUnit"), ("status", "scheduleStart", "chargingSchedule")),
    "RemoteStartTransaction": (("connectorId", "idTag", "chargingProfile"), ("status",)),
    "TriggerMessage": (("requestedMessage", "connectorId"), ("status",)),
    "GetDiagnostics": ((), ("fileName",)),
    "UpdateFirmware": ((), ()),
}
TOLD = {
    "MeterValues": (("connectorId", "transactionId", "meterValue"), ()),
    "StartTransaction": (("connectorId", "idTag"), ("transactionId",)),
    "StopTransaction": (("transactionId",), ()),
    "DiagnosticsStatusNotification": (("status",), ()),
    "FirmwareStatusNotification": (("status",), ()),
    "StatusNotification": (("connectorId", "status"), ()),
}


def some(dice: random.Random, name: str) -> Any:
    """A value for this field, right most of the time."""
    if dice.random() < 0.1:
        return dice.choice(JUNK)
    if name in NESTED:
        made = [fields(dice, NESTED[name]) for _ in range(dice.randint(1, 3))]
        return made if name in LISTS else made[0]
    return dice.choice(NAMES.get(name, DATES))


def fields(dice: random.Random, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: some(dice, name) for name in names if dice.random() < 0.9}


@pytest.mark.parametrize("seed", range(40))
def test_there_is_a_judgement(seed: int) -> None:
    dice = random.Random(seed)
    talk = Talk().event()
    talk.boots()
    talk.reports(1)
    talk.lists(CORE_KEYS | {"ChargeProfileMaxStackLevel": ("5", True)})
    for _ in range(60):
        by, kinds = dice.choice(((CSMS, ASKED), (STATION, TOLD)))
        action = dice.choice(sorted(kinds))
        asked, answered = kinds[action]
        answer: Any = dice.choice((None, "NotSupported")) if dice.random() < 0.1 else fields(dice, answered)
        seqs = talk.asks(action, fields(dice, asked), answer, by=by)
        talk.now += dice.choice((0.0, 5.0, 70.0))
        if dice.random() < 0.2:
            talk.event(EventKind.AUDIT, {FILE: dice.choice((seqs[0], None, "x")), SAW: dice.choice(JUNK), "came": dice.choice(JUNK)})
    everything = certificate(profiles={profile.certificate_name: "Pass" for profile in feature_profiles()})
    assert talk.judged(facts=everything)
