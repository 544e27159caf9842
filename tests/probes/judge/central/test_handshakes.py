"""Sub-protocols: what a central system may agree to, and who must not be accused of refusing."""

from __future__ import annotations

from typing import Any

import pytest

from probes.judge.central.rules.handshakes import NEGOTIATING
from probes.wire.records import EventKind
from tests.probes.judge.central.talk import CentralTalk

RULE = "central-subprotocol-is-negotiated"


def attempted(offered: list[str], *, opened: bool, works: bool = True, **detail: Any) -> list[str]:
    """What is said of one handshake that offers this."""
    talk = CentralTalk()
    if works:
        talk.booted().leaves()
    told = {"purpose": NEGOTIATING, "offered": offered, "subprotocol": None} | detail
    talk.event(EventKind.OPEN if opened else EventKind.HANDSHAKE_REFUSED, told)
    return talk.verdicts(RULE)


@pytest.mark.parametrize(
    ("opened", "detail", "verdict"),
    [
        (True, {"subprotocol": "ocpp1.6"}, "pass"),
        (True, {"subprotocol": "ocpp0.1"}, "fail error"),
        (True, {}, "fail error"),
        (False, {"httpStatus": 400}, "fail error"),
        (False, {"httpStatus": 401}, "not exercised"),
        (False, {"httpStatus": 404}, "not exercised"),
        (False, {"httpStatus": 429}, "not exercised"),
        (False, {"httpStatus": 503}, "not exercised"),
        (False, {"problem": "dropped"}, "not exercised"),
    ],
)
def test_ours_among_others(opened: bool, detail: dict[str, Any], verdict: str) -> None:
    assert attempted(["ocpp0.1", "ocpp1.6"], opened=opened, **detail) == [verdict]


@pytest.mark.parametrize(
    ("opened", "detail", "verdict"),
    [
        (True, {"subprotocol": "ocpp0.1"}, "fail error"),
        (True, {"subprotocol": "ocpp1.6"}, "fail error"),
        (True, {"closed": True}, "pass"),
        (True, {"closed": False}, "fail error"),
        (False, {"httpStatus": 400}, "pass"),
        (False, {"httpStatus": 426}, "pass"),
        (False, {"httpStatus": 502}, "not exercised"),
        (False, {"problem": "dropped"}, "not exercised note"),
    ],
)
def test_none_that_there_is(opened: bool, detail: dict[str, Any], verdict: str) -> None:
    assert attempted(["ocpp0.1"], opened=opened, **detail) == [verdict]


def test_who_never_agreed_to_ours_alone_is_not_accused_of_refusing_it_beside_others() -> None:
    assert attempted(["ocpp0.1", "ocpp1.6"], opened=False, works=False, httpStatus=400) == ["not exercised"]


def test_handshakes_of_other_purposes_are_none_of_it() -> None:
    talk = CentralTalk().booted()
    talk.event(EventKind.OPEN, {"purpose": "look", "offered": ["ocpp0.1"], "subprotocol": "ocpp0.1"})
    assert talk.verdicts(RULE) == []
