"""An audit of a central system that is broken off: the next one ends what it left there, says so, and accuses nobody of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from probes.adaptors.builtin import BuiltinAdaptor
from probes.audit_csms import CentralOptions, audit_csms
from probes.central.tags import Tags
from probes.csms.csms import Csms
from probes.csms.state import IdTags, Transaction
from probes.journal import FOLDER
from probes.judge.central.debts import debts_in
from probes.judge.central.view import EARLIER
from probes.judge.certified import Certified
from probes.wire.records import EventKind, Frame, Record
from tests.central_matrix import CERTIFICATES, certificate
from tests.probes.central.rig import KNOWN, TAGS
from tests.probes.judge.central.talk import CSMS, CentralTalk
from tests.virtual import VirtualClock, run

FACTS = certificate(CERTIFICATES[2])
OUT_OF_SERVICE = {"connectorId": 1, "type": "Inoperative"}


def seen(action: str, answered: bool = True) -> Callable[[Record], bool]:
    def is_it(record: Record) -> bool:
        return isinstance(record, Frame) and record.action == action and (record.message_type == "CALLRESULT") is answered

    return is_it


async def broken_off(csms: Csms, home: Path, case: str, when: Callable[[Record], bool], clock: VirtualClock, **given: Any) -> None:
    """An audit of this case that is broken off when such a record comes."""
    came = asyncio.Event()
    with csms.transcript("CP1").attached(lambda record: came.set() if when(record) else None):
        first = asyncio.create_task(audited(csms, home, case, clock, **given))
        await came.wait()
        first.cancel()
        with suppress(asyncio.CancelledError):
            await first


async def audited(
    csms: Csms, home: Path, case: str, clock: VirtualClock, drives: bool = True, endpoint: str | None = None
) -> dict[str, Any]:
    adaptor = BuiltinAdaptor(csms) if drives else None
    options = CentralOptions(cases=[case], tags=Tags.of(TAGS), adaptor=adaptor)
    done = await audit_csms(
        facts=FACTS, endpoint=endpoint or csms.url, identity="CP1", transcript_dir=home, options=options, clock=clock, audit_id="audit"
    )
    return done.report


async def twice(home: Path, case: str, when: Callable[[Record], bool], **given: Any) -> tuple[dict[str, Any], list[Transaction]]:
    """An audit that is broken off, then another one; with the transactions that the central system knows in the end."""
    clock = VirtualClock()
    async with Csms(clock=clock, id_tags=IdTags(known=KNOWN)) as csms:
        await broken_off(csms, home, case, when, clock, **given)
        report = await audited(csms, home, "TC_001", clock, **given)
        return report, [each for state in csms.states for each in state.transactions.values()]


def remarks(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(finding["severity"], finding["message"]) for finding in report["findings"]]


def test_a_transaction_that_was_left_open_is_ended_first(tmp_path: Path) -> None:
    report, transactions = run(lambda: twice(tmp_path, "TC_003", seen("StartTransaction")))
    assert len(transactions) == 1
    assert transactions[0].meter_stop is not None
    assert (report["verdict"], remarks(report)) == ("conformant", [])
    (note,) = (note for note in report["notes"] if "broken off" in note)
    assert "1 transaction it had left open came first" in note
    assert list((tmp_path / FOLDER).glob("*.jsonl")) == list(tmp_path.glob("*.partial")) == []
    assert len(list(tmp_path.glob("*.jsonl"))) == 2
    assert any(path.name in note for path in tmp_path.glob("*.jsonl"))


def test_a_reservation_is_cancelled_where_a_program_can_have_that_done(tmp_path: Path) -> None:
    report, _ = run(lambda: twice(tmp_path, "TC_046", seen("ReserveNow")))
    assert (report["verdict"], remarks(report)) == ("conformant", [])


def test_where_nothing_was_left_nobody_is_bothered(tmp_path: Path) -> None:
    report, _ = run(lambda: twice(tmp_path, "TC_001", seen("BootNotification")))
    assert remarks(report) == []
    assert report["cases"][0]["frames"][0] <= 3


def test_what_could_not_be_ended_is_left_to_the_one_after(tmp_path: Path) -> None:
    async def scenario() -> tuple[dict[str, Any], dict[str, Any], list[str]]:
        clock = VirtualClock()
        async with Csms(clock=clock, id_tags=IdTags(known=KNOWN)) as csms:
            await broken_off(csms, tmp_path, "TC_003", seen("StartTransaction"), clock)
            port, url = csms.port, csms.url
        away = await audited(csms, tmp_path, "TC_001", clock, endpoint=url)
        async with Csms(port=port, clock=clock, id_tags=IdTags(known=KNOWN)) as csms:
            back = await audited(csms, tmp_path, "TC_001", clock)
            stops = [
                each.raw for each in csms.transcript("CP1").records if isinstance(each, Frame) and seen("StopTransaction", False)(each)
            ]
        return away, back, stops

    away, back, stops = run(scenario)
    assert away["verdict"] == "inconclusive"
    assert any("which an earlier audit began, may still be open there" in text for _, text in remarks(away))
    assert (back["verdict"], remarks(back)) == ("conformant", [])
    assert len(stops) == 1


@pytest.mark.parametrize("answer", [{}, "InternalError"], ids=["taken", "refused"])
def test_a_central_system_that_has_ended_it_by_itself_may_refuse(answer: Any) -> None:
    talk = CentralTalk().booted()
    talk.event(EventKind.AUDIT, {EARLIER: {"transactions": {"CP1": [77]}}})
    for _ in range(3):
        talk.stops(77, answer)
    assert talk.verdicts("central-unknown-transaction-is-answered") == []
    assert "fail error" not in talk.verdicts("central-sound-call-is-served")


def debts(talk: CentralTalk) -> Any:
    return debts_in(talk.records, Certified.of(FACTS))


def test_what_is_left_open_is_read_from_the_records() -> None:
    talk = CentralTalk().booted()
    talk.starts(1)
    talk.stops(1)
    talk.starts(2, at="2026-01-01T00:01:00Z")
    talk.starts(3, at="2026-01-01T00:02:00Z", connector=2)
    talk.stops(3, "InternalError")
    talk.says("StartTransaction", {"connectorId": 1, "idTag": "T", "meterStart": 5, "timestamp": "2026-01-01T00:03:00Z"}, None)
    found = debts(talk)
    assert [each.number for each in found.transactions] == [2, 3]
    assert found.unanswered == ("CP1",)


@pytest.mark.parametrize(
    ("requests", "left"),
    [
        ([("ReserveNow", {"reservationId": 4, "expiryDate": "2030-01-01T00:00:00Z"})], "reservations"),
        ([("ReserveNow", {"reservationId": 4}), ("CancelReservation", {"reservationId": 4})], None),
        ([("ChangeAvailability", OUT_OF_SERVICE)], "inoperative"),
        ([("ChangeAvailability", OUT_OF_SERVICE), ("ChangeAvailability", {"connectorId": 0, "type": "Operative"})], None),
        ([("SetChargingProfile", {"connectorId": 0})], "profiles"),
        ([("SetChargingProfile", {"connectorId": 0}), ("ClearChargingProfile", {})], None),
        ([("SendLocalList", {"listVersion": 3, "updateType": "Full", "localAuthorizationList": [{"idTag": "A"}]})], "lists"),
        ([("SendLocalList", {"listVersion": 3, "updateType": "Full"})], None),
    ],
)
def test_so_is_what_a_central_system_believes_of_our_station(requests: list[tuple[str, dict[str, Any]]], left: str | None) -> None:
    talk = CentralTalk().booted()
    for action, payload in requests:
        talk.asks(action, payload, {"status": "Accepted"}, by=CSMS)
    found = debts(talk)
    assert [name for name in ("reservations", "inoperative", "profiles", "lists") if getattr(found, name)] == ([left] if left else [])
    assert replace(found, **{left: ()}) == type(found)() if left else found == type(found)()
