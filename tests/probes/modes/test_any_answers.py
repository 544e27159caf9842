"""Stations that answer anything at all: the audit always ends with a report of the contract, and never with an exception."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from probes.audit import AuditOptions, audit_station
from probes.cases.tags import audit_id_tags
from probes.csms.csms import Csms
from probes.judge import catalogue
from probes.modes.takeover import Limits
from tests.probes.judge.talk import certificate
from tests.probes.modes.raw_station import SILENCE, RawStation, compliant, connected

SCHEMA = jsonschema_rs.validator_for(json.loads((catalogue.DATA.parent / "schemas" / "audit_report.json").read_text()))

ODDITIES: list[Any] = [
    {},
    {"status": None},
    {"status": ["Accepted"]},
    {"status": "Accepted"},
    {"status": "Rejected", "extra": {"deep": [[[[]]]]}},
    {"status": "x" * 5000},
    {"configurationKey": None, "unknownKey": {}},
    {"configurationKey": [None, 1, "x", {}, {"key": None}, {"key": "NumberOfConnectors", "value": 7, "readonly": "yes"}]},
    {"configurationKey": [{"key": "GetConfigurationMaxKeys", "value": "-5", "readonly": True}]},
    {"configurationKey": [{"key": "NumberOfConnectors", "value": "99999999999999999999", "readonly": True}]},
    {"configurationKey": [{"key": "SupportedFeatureProfiles", "value": ",,,\u0000,Core", "readonly": True}], "unknownKey": [None, 3, ""]},
    {"listVersion": True},
    {"listVersion": -(10**30)},
    {"listVersion": "1"},
    {"transactionId": [], "idTagInfo": 5},
    "",
    "NoSuchCode",
    "InternalError",
    "not\u0000implemented",
]

NOISE: list[str] = ["", "null", "[]", "[2]", "[3,null]", '[4,"a"]', '[2,"n","StatusNotification",{"connectorId":{}}]', "[[[[[", "é"]


def unpredictable(seed: int) -> dict[str, Any]:
    """Answers drawn from oddities, noise and silence, the same for the same seed."""
    chance = random.Random(seed)
    sane = compliant()

    async def answer(station: RawStation, payload: dict[str, Any], action: str) -> Any:
        draw = chance.random()
        if draw < 0.25:
            await station.send(chance.choice(NOISE))
        if draw > 0.97:
            await station.websocket.close()
            return SILENCE
        if draw > 0.92:
            return SILENCE
        if draw > 0.7 and action in sane:
            usual = sane[action]
            return await usual(station, payload) if callable(usual) else usual
        return chance.choice(ODDITIES)

    def of(action: str) -> Any:
        async def handler(station: RawStation, payload: dict[str, Any]) -> Any:
            return await answer(station, payload, action)

        return handler

    more = (
        "GetLocalListVersion",
        "SendLocalList",
        "ReserveNow",
        "CancelReservation",
        "TriggerMessage",
        "SetChargingProfile",
        "ClearChargingProfile",
    )
    return {action: of(action) for action in (*sane, *more)}


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_is_answered_there_is_a_report(seed: int, tmp_path: Path) -> None:
    limits = Limits(boot=0.2, status=0.1, start=0.1, answer=0.1, comes_back=0.1)
    async with Csms(heartbeat_interval=20, id_tags=audit_id_tags(), lenient=True) as csms, connected(csms.url, unpredictable(seed)):
        auditing = audit_station(
            facts=certificate(), identity="CP1", csms=csms, transcript_dir=tmp_path, options=AuditOptions(limits=limits)
        )
        result = await asyncio.wait_for(auditing, 30)
    assert [str(error) for error in SCHEMA.iter_errors(result.report)] == []
    assert result.report["verdict"] != "conformant"
    seen = {case["id"] for case in result.report["cases"]} | {entry["id"] for entry in result.report["not_exercised"]}
    assert len(seen) == len(result.report["cases"]) + len(result.report["not_exercised"]) == 107
