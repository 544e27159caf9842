"""Whole audits of the built-in CSMS, with any faults, in virtual time."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ocpp.v16.enums import AuthorizationStatus

from probes.adaptors.base import Adaptor
from probes.adaptors.builtin import BuiltinAdaptor
from probes.audit import AuditResult
from probes.audit_csms import CentralOptions, audit_csms
from probes.central.tags import Tags, TagState
from probes.csms.csms import Csms
from probes.csms.files import FileHouse
from probes.csms.state import IdTag, IdTags
from probes.faults import faulty_csms
from probes.twins import csms_twin_of
from registry.certificates.facts import CertificateFacts
from tests.probes.central.secured import KINDS, guarded
from tests.virtual import VirtualClock, run

VALID, MEMBER, SINGLE, BLOCKED, EXPIRED, UNKNOWN = "VALIDTAG", "MEMBERTAG", "SINGLETAG", "BLOCKEDTAG", "EXPIREDTAG", "UNKNOWNTAG"

TAGS: tuple[tuple[TagState, str], ...] = (
    (TagState.VALID, VALID),
    (TagState.MEMBER, MEMBER),
    (TagState.SINGLE, SINGLE),
    (TagState.BLOCKED, BLOCKED),
    (TagState.EXPIRED, EXPIRED),
    (TagState.UNKNOWN, UNKNOWN),
)


ALSO = ("CP2", "CP3")
"""Further stations that the central system knows."""

KNOWN = {
    VALID: IdTag(AuthorizationStatus.accepted, parent="GROUP"),
    MEMBER: IdTag(AuthorizationStatus.accepted, parent="GROUP"),
    SINGLE: IdTag(AuthorizationStatus.accepted, concurrent=False),
    BLOCKED: IdTag(AuthorizationStatus.blocked),
    EXPIRED: IdTag(AuthorizationStatus.expired),
}


@dataclass(frozen=True)
class Audited:
    """A finished audit of a CSMS."""

    report: dict[str, Any]
    result: AuditResult
    csms: Csms

    @property
    def outcomes(self) -> dict[str, str]:
        """Each case that was carried out."""
        return {case["id"]: case["outcome"] for case in self.report["cases"]}

    @property
    def reasons(self) -> dict[str, str]:
        """Why each case came out as it did."""
        return {case["id"]: case["reason"] for case in self.report["cases"]}

    @property
    def failed(self) -> frozenset[str]:
        """The cases that failed."""
        return frozenset(case for case, outcome in self.outcomes.items() if outcome == "fail")

    @property
    def errors(self) -> tuple[str, ...]:
        """The causes that the report names as errors."""
        return tuple(finding["subject"] for finding in self.report["findings"] if finding["severity"] == "error")


async def audited(
    facts: CertificateFacts,
    *,
    faults: Sequence[str] = (),
    cases: Sequence[str] = (),
    tags: Sequence[tuple[TagState, str]] = TAGS,
    drives: bool = True,
    also: Sequence[str] = ALSO,
    load: int = 0,
    known: Sequence[str] | None = None,
    adaptor_of: Callable[[Csms], Adaptor] | None = None,
    directory: Path | None = None,
    profile: int = 0,
    further: Sequence[int] = (),
    kinds: Sequence[str] = KINDS,
) -> Audited:
    """Audit a twin of `facts` with these faults, in the running loop's time. `drives`: it can be asked to send things, by our own
    adaptor or by `adaptor_of` it. `load` stations may come at once; only those in `known` are let in (None: any). Our station comes with
    security profile `profile`; there are doors for those in `further`, too, and certificates of these `kinds`.
    """
    clock = VirtualClock()
    config = csms_twin_of(facts)
    faulty = faulty_csms(faults)
    home = directory or Path(tempfile.mkdtemp())
    id_tags = IdTags(known=KNOWN, others=AuthorizationStatus.invalid)
    own = guarded(profile, home, "CP1", further, kinds)
    async with Csms(
        clock=clock,
        id_tags=id_tags,
        profiles=config.profiles,
        identities=known,
        files=FileHouse(home / "files"),
        misbehave=faulty.misbehave,
        at_door=faulty.at_door,
        **own.doors,
    ) as csms:
        adaptor = (adaptor_of or BuiltinAdaptor)(csms) if drives else None
        options = CentralOptions(cases=cases, tags=Tags.of(tags), adaptor=adaptor, also=also, load=load)
        if profile:
            # Further stations have credentials of their own.
            options = replace(options, security=own.shown, further=own.endpoints(csms), also=())
        try:
            result = await audit_csms(
                facts=facts, endpoint=csms.url, identity="CP1", transcript_dir=home, options=options, clock=clock, audit_id="audit"
            )
        finally:
            if adaptor is not None:
                await adaptor.close()
    return Audited(result.report, result, csms)


def audit(facts: CertificateFacts, **options: Any) -> Audited:
    """`audited` in a loop of its own with virtual time: for tests and commands that are no coroutines."""
    return run(lambda: audited(facts, **options))
