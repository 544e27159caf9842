"""What is said of events, and of which nothing is."""

from __future__ import annotations

import pytest

from registry.events import EventKind
from registry.watches.telling import Happened, told
from tests.registry.making import EPOCH


def audit(kind: EventKind, **payload: str) -> Happened:
    return Happened(1, EPOCH, str(kind), "audit", "OCA.0016.9001.CS", None, payload, device="CP-1")


@pytest.mark.parametrize("what", ["asked for", "cancelled"])
def test_what_is_only_asked_of_an_audit_is_not_told_as_its_end(what: str) -> None:
    assert told(audit(EventKind.CHANGED, what=what, mode="takeover")) is None


def test_the_end_of_an_audit_is_told_with_its_verdict() -> None:
    said = told(audit(EventKind.AUDITED, verdict="deviates"))
    assert said is not None
    assert said.sentence == "An audit of CP-1 against OCA.0016.9001.CS ended with the verdict: deviates."
