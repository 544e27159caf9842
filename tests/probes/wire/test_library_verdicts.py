"""Our stack accepts and refuses what the `ocpp` library does, but for the differences that a data file lists and explains."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import ocpp.messages
import ocpp.routing
import ocpp.v16
from ocpp.charge_point import camel_to_snake_case
from ocpp.messages import CallResult
from ocpp.v16 import call_result
from ocpp.v16.enums import Action

from probes.wire.connection import ConnectionLost, OnLost, OnMessage, Tap
from probes.wire.envelope import read_envelope
from probes.wire.peer import Peer
from probes.wire.records import Direction
from probes.wire.schemas import is_well_formed, known_actions
from probes.wire.transcript import Transcript
from tests.probes.wire.corpus import payloads, valid

DATA = Path(__file__).parents[3] / "data"
TEXTS = (
    ("not a number", '[2,"1","DataTransfer",{"vendorId":"x","data":NaN}]'),
    ("not a number in a number", '[2,"1","Authorize",{"idTag":NaN}]'),
    ("half a surrogate pair", '[2,"1","DataTransfer",{"vendorId":"\\ud83d"}]'),
    ("a field twice", '[2,"1","DataTransfer",{"vendorId":1,"vendorId":"x"}]'),
    ("an element more", '[2,"1","ClearCache",{},{}]'),
    ("an element less", '[2,"1","ClearCache"]'),
    ("a message id that is a number", '[2,1,"ClearCache",{}]'),
    ("a message id of 37 characters", f'[2,"{"x" * 37}","ClearCache",{{}}]'),
    ("a message id that is null", '[2,null,"ClearCache",{}]'),
    ("an action that nobody knows", '[2,"1","Explode",{}]'),
    ("an action in lower case", '[2,"1","clearcache",{}]'),
    ("a message type that is a fraction", '[2.0,"1","ClearCache",{}]'),
    ("spaces and line ends", ' [ 2 , "1" ,\n"ClearCache" , { } ] '),
)
"""What lies outside the payload, as a person would write it."""


class Verdict(NamedTuple):
    """What became of a message: the code of the refusal when it was a call and was answered so."""

    accepted: bool
    code: str | None = None


class Case(NamedTuple):
    label: str
    ours: Verdict
    library: Verdict


class Wire:
    """A connection without a socket: both ends answer while they are told."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.tell: OnMessage = print

    def listen(self, on_message: OnMessage, on_lost: OnLost) -> None:  # noqa: ARG002 - it never ends
        self.tell = on_message

    def verdict(self) -> Verdict:
        if not self.answers:
            return Verdict(accepted=False)
        answer = self.answers.pop()
        return Verdict(accepted=answer[0] == 3, code=None if answer[0] == 3 else answer[2])


class OurWire(Wire):
    def send(self, text: str) -> None:
        self.answers.append(json.loads(text))

    async def drained(self) -> None:
        """Nothing waits."""

    async def close(self, code: int = 1000, reason: str = "") -> None:
        raise ConnectionLost(code, reason)


class LibraryWire(Wire):
    async def send(self, text: str) -> None:
        self.answers.append(json.loads(text))


def handlers() -> dict[str, Any]:
    """A handler for each action that gives the least answer that is right."""

    def handler(action: Action) -> Any:
        def answer(_self: object, **_: Any) -> Any:
            return getattr(call_result, action.value)(**camel_to_snake_case(valid(action.value, True, full=False)))

        answer.__name__ = f"verdicts_{action.name}"
        return ocpp.routing.on(action)(answer)

    return {f"verdicts_{action.name}": handler(action) for action in Action if action.value in known_actions()}


def _our_verdicts(frames: list[str]) -> Iterator[Verdict]:
    wire = OurWire()
    peer = Peer(Tap(wire, Transcript(limit=1), "CP1", Direction.FROM_CSMS, {}), behaviours=(type("Everything", (), handlers())(),))
    wire.listen(peer.tap._received, print)
    peer.tap._on_frame = peer._received
    for frame in frames:
        wire.tell(frame)
        yield wire.verdict()


async def _library_verdicts(frames: list[str]) -> list[Verdict]:
    wire = LibraryWire()
    point = type("Everything", (ocpp.v16.ChargePoint,), handlers())("CP1", wire)
    point.logger.disabled = True
    found = []
    for frame in frames:
        try:
            await point.route_message(frame)
        except Exception:  # noqa: BLE001 - whatever the library fails of, it ends the connection: the call is not accepted
            wire.answers.clear()
        found.append(wire.verdict())
    point.logger.disabled = False
    return found


def _calls() -> list[tuple[str, str]]:
    made = [(label, json.dumps([2, "1", action, payload])) for action, label, payload in _all(False)]
    return [*made, *TEXTS]


def _all(is_response: bool) -> Iterator[tuple[str, str, Any]]:
    for action in sorted(known_actions()):
        for label, payload in payloads(action, is_response):
            yield action, label, payload


def _library_takes_answer(action: str, payload: Any) -> bool:
    try:
        ocpp.messages._validate_payload(CallResult("1", payload, action), "1.6")
    except Exception:  # noqa: BLE001 - whatever the library fails of, it does not take the answer
        return False
    return True


@cache
def cases() -> tuple[Case, ...]:
    """Every call and every answer of the corpus, with both verdicts."""
    calls = _calls()
    ocpp.messages.ASYNC_VALIDATION, before = False, ocpp.messages.ASYNC_VALIDATION
    try:
        theirs = asyncio.run(_library_verdicts([text for _, text in calls]))
    finally:
        ocpp.messages.ASYNC_VALIDATION = before
    found = [Case(label, *both) for (label, _), *both in zip(calls, _our_verdicts([text for _, text in calls]), theirs, strict=True)]
    for action, label, payload in _all(True):
        envelope = read_envelope(json.dumps([3, "1", payload]))
        ours = envelope.complete and is_well_formed(action, True, envelope.payload)
        found.append(Case(label, Verdict(ours), Verdict(_library_takes_answer(action, json.loads(json.dumps(payload))))))
    return tuple(found)


def listed() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "ocpp16" / "library_differences.json").read_text())
    return found


def _told(verdict: Verdict) -> str:
    return "accepted" if verdict.accepted else "refused"


def test_the_corpus_has_every_action_both_ways_right_and_broken() -> None:
    accepted = [case for case in cases() if case.library.accepted]
    assert len(cases()) > 5000
    assert 1000 < len(accepted) < len(cases()) - 1000


def test_both_say_the_same_but_for_what_is_listed() -> None:
    rows = listed()["verdicts"]
    seen = set()
    for case in cases():
        if case.ours.accepted is case.library.accepted:
            continue
        fitting = [
            number
            for number, row in enumerate(rows)
            if re.search(row["what"], case.label) and (row["library"], row["ours"]) == (_told(case.library), _told(case.ours))
        ]
        assert len(fitting) == 1, f"{case} fits {len(fitting)} rows"
        seen.add(fitting[0])
    assert seen == set(range(len(rows)))


def test_both_refuse_calls_with_the_codes_that_are_listed() -> None:
    seen = {
        (case.library.code, case.ours.code)
        for case in cases()
        if not case.ours.accepted and not case.library.accepted and (case.ours.code or case.library.code)
    }
    assert seen == {(row["library"], row["ours"]) for row in listed()["codes"]}


def test_the_list_is_as_its_schema_says() -> None:
    schema = json.loads((DATA / "schemas" / "library_differences.json").read_text())
    assert [str(error) for error in jsonschema_rs.validator_for(schema).iter_errors(listed())] == []
