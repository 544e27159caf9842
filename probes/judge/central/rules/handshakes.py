"""What a central system owes a handshake: to agree to OCPP 1.6 where it is offered, and to nothing that it does not speak (J 3.2)."""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.central.bench import judges_attempts
from probes.judge.central.view import Attempt, CentralView
from probes.judge.outcomes import Bench, Judgement
from probes.wire.envelope import SUBPROTOCOL
from registry.certificates.facts import Severity

NEGOTIATING = "sub-protocol"
"""The purpose of handshakes that offer other sub-protocols than ours alone."""

ASKING_VERSIONS = "version"
"""The purpose of handshakes that offer one version of OCPP alone."""

VERSIONS = ("ocpp1.2", "ocpp1.5", "ocpp1.6", "ocpp2.0", "ocpp2.0.1", "ocpp2.1")
"""The sub-protocols of OCPP that are registered, and the one that is certified."""

UNKNOWN_SUBPROTOCOL = "ocpp0.1"
"""One that there never was."""

SHUT_OUT = frozenset({401, 403, 404, 408, 409, 423, 425, 429})
"""HTTP statuses that may be about the station, or the moment, and not about what it offers."""


@judges_attempts("central-subprotocol-is-negotiated")
def subprotocol_is_negotiated(bench: Bench, attempt: Attempt, view: CentralView) -> Iterator[Judgement]:
    """What is offered decides; where there was no HTTP answer at all, nothing can be said."""
    if attempt.purpose != NEGOTIATING:
        return
    offered = attempt.detail.get("offered")
    if isinstance(offered, list) and SUBPROTOCOL in offered:
        yield from _ours_among(bench, attempt, view)
    else:
        yield from _none_known(bench, attempt)


def _ours_among(bench: Bench, attempt: Attempt, view: CentralView) -> Iterator[Judgement]:
    offer, subject = f"an offer of {_listed(attempt)}", "sub-protocol/offered with others"
    agreed, status = attempt.detail.get("subprotocol"), attempt.detail.get("httpStatus")
    if attempt.opened and agreed == SUBPROTOCOL:
        yield bench.passes(attempt.seq, f"{offer} was answered with {agreed}")
    elif attempt.opened and agreed is not None:
        yield bench.fails(attempt.seq, f"{offer} was answered with {str(agreed)[:60]!r}", "sub-protocol/not spoken")
    elif not any(each.opened for each in view.attempts if each.purpose == "work"):
        yield bench.open(attempt.seq, f"{offer} was not agreed to; nor was {SUBPROTOCOL} alone")
    elif attempt.opened:
        yield bench.fails(attempt.seq, f"{offer} was answered without a sub-protocol, though {SUBPROTOCOL} alone is agreed to", subject)
    elif isinstance(status, int) and status not in SHUT_OUT and 400 <= status < 500:
        yield bench.fails(attempt.seq, f"{offer} was refused with HTTP {status}, though {SUBPROTOCOL} alone is agreed to", subject)
    else:
        yield bench.open(attempt.seq, f"{offer} came to nothing: {attempt.detail.get('problem') or 'no answer'}")


def _none_known(bench: Bench, attempt: Attempt) -> Iterator[Judgement]:
    offer, agreed, status = f"an offer of {_listed(attempt)} alone", attempt.detail.get("subprotocol"), attempt.detail.get("httpStatus")
    if attempt.opened and agreed is not None:
        text = f"{offer} was answered with {str(agreed)[:60]!r}, which cannot be spoken"
        yield bench.fails(attempt.seq, text, "sub-protocol/not spoken")
    elif attempt.opened and not attempt.detail.get("closed"):
        text = f"{offer} was agreed to without a sub-protocol, and the connection was kept, where it is to be closed"
        yield bench.fails(attempt.seq, text, "sub-protocol/kept open")
    elif attempt.opened:
        yield bench.passes(attempt.seq, f"{offer} was answered without a sub-protocol, and the connection closed")
    elif isinstance(status, int) and status >= 500:
        yield bench.open(attempt.seq, f"{offer} was refused with HTTP {status}, which tells of a disturbance")
    elif isinstance(status, int):
        yield bench.passes(attempt.seq, f"{offer} was refused with HTTP {status}")
    else:
        text = f"{offer} was not answered at all: {attempt.detail.get('problem') or 'no answer'}"
        yield bench.open(attempt.seq, text, Severity.NOTE, "sub-protocol/no answer")


@judges_attempts("central-version-is-agreed")
def version_is_agreed(bench: Bench, attempt: Attempt, _view: CentralView) -> Iterator[Judgement]:
    """Other versions than the certified one may be spoken, and may be refused in whatever way: only an answer that names what was not
    offered is wrong.
    """
    if attempt.purpose != ASKING_VERSIONS:
        return
    offer, agreed = _listed(attempt), attempt.detail.get("subprotocol")
    if attempt.opened and agreed == offer:
        yield bench.passes(attempt.seq, f"{offer} is agreed to")
    elif attempt.opened and agreed is not None:
        yield bench.fails(attempt.seq, f"an offer of {offer} was answered with {str(agreed)[:60]!r}", "sub-protocol/not offered")
    elif offer != SUBPROTOCOL:
        yield bench.passes(attempt.seq, f"{offer} is not agreed to")
    else:
        yield bench.open(attempt.seq, f"{offer} was not agreed to: {attempt.detail.get('problem') or 'no answer'}")


def _listed(attempt: Attempt) -> str:
    return ", ".join(map(str, attempt.detail.get("offered") or ()))
