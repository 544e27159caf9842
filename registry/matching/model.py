"""What matching takes and gives: a product as somebody names it, certificates, and the answer with its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from registry.matching.names import bare, text
from registry.sentences import KeptWord

NOTHING: Mapping[str, str | None] = {}
CORE = "Core"
"""The profile without which no other is certified."""

_SECURITY = frozenset(("Security", "Advanced Security"))


class Answer(StrEnum):
    """Whether certificates cover a product."""

    COVERED = "covered"
    NOT_COVERED = "not covered"
    CANNOT_TELL = "cannot tell"


class Step(StrEnum):
    """By which kind of certificate a product is covered: its number says it by a letter, or its title in words."""

    DIRECT = "direct"
    """The product itself passed the laboratory."""
    FAMILY = "family"
    """The vendor declared it a member of a family of which one passed (numbers with F, or the title "Family")."""
    WHITE_LABEL = "white label"
    """It is another holder's product under this brand, with that holder's consent (numbers with W, or the title "White label")."""


_STEPS_BY_LETTER = {"F": Step.FAMILY, "W": Step.WHITE_LABEL}
_STEPS_BY_TITLE = {bare(step): step for step in _STEPS_BY_LETTER.values()}


def step_of(number: str | None, kind: str | None) -> Step:
    """What a certificate's number or else its title says: there are titles of families and of white labels with a plain number."""
    by_letter = _STEPS_BY_LETTER.get((number or "")[:1].upper())
    return by_letter or _STEPS_BY_TITLE.get(bare(kind or ""), Step.DIRECT)


@dataclass(frozen=True)
class Device:
    """A product as it is offered or deployed. `role` is `CS` or `CSMS`; `protocol` as "OCPP 1.6", None when nobody says.

    `hardware` has what is known of the rows that decide whether two products are one (`registry.matching.hardware.ROWS`), as written;
    `installed` is the day of installation.
    """

    vendor: str | None
    model: str | None
    firmware: str | None
    role: str = "CS"
    protocol: str | None = None
    hardware: Mapping[str, str | None] = field(default_factory=dict)
    installed: date | None = None


@dataclass(frozen=True)
class Certified:
    """One certificate, or a row of the OCA list, as far as matching looks at it.

    `document` tells whether the registry has read the certificate itself; what the list alone says attests nothing. `unread` are the
    fields (paths as in `Provenance`) that are printed and were not read with certainty, `doubted` those about which an error was found
    that nobody has settled. `day` is that of certification. `withdrawn` tells that the list had it and has it no more; `is_disputed`, of a
    row of it, that the document of its number contradicts it, and does not stand in its place.
    `profiles` are those that passed. `role_contradicted` is what the document says against its own role, and where, as sentences.
    """

    number: str | None
    holder: str | None
    designation: str | None
    software_version: str | None
    role: str | None
    revision: str | None = None
    protocol: str | None = None
    kind: str | None = None
    vendor_name: str | None = None
    model: str | None = None
    profiles: tuple[str, ...] = ()
    hardware: Mapping[str, str | None] | None = None
    document: bool = True
    withdrawn: bool = False
    is_disputed: bool = False
    day: date | None = None
    unread: frozenset[str] = frozenset()
    doubted: frozenset[str] = frozenset()
    role_contradicted: str = ""

    @property
    def name(self) -> str:
        """The certificate in a sentence."""
        name = self.number or KeptWord("a row of the OCA list without a number")
        return f"{name} {self.revision}" if self.revision else name

    @property
    def spoken(self) -> str | None:
        """The protocol that it is for, in lower case; None where that was not read with certainty, or is in doubt."""
        return text(self.protocol) if self.protocol and "protocol" not in self.unsure else None

    @property
    def unsure(self) -> frozenset[str]:
        """The fields that were not read with certainty, or are in doubt: they speak neither for a device nor against it."""
        return self.unread | self.doubted

    @property
    def attests_core(self) -> bool:
        """Whether its table says for certain that Core passed."""
        return CORE in self.profiles and not self.is_unsure_of_core

    @property
    def is_unsure_of_core(self) -> bool:
        """Whether what its table says of Core was not read with certainty, or is in doubt."""
        return bool({"profiles", f"profiles.{CORE}"} & self.unsure)

    @property
    def is_of_security_alone(self) -> bool:
        """Whether security is all that passed: such a certificate stands beside another."""
        return bool(self.profiles) and _SECURITY.issuperset(self.profiles)

    @property
    def step(self) -> Step:
        """The kind of certificate that its number or its title says."""
        return step_of(self.number, self.kind)

    @property
    def sort_key(self) -> tuple[str, str, str, str, str]:
        """An order that does not depend on the order in which certificates came."""
        texts = (self.number, self.revision, self.holder, self.designation, self.software_version)
        return (texts[0] or "~", texts[1] or "", texts[2] or "", texts[3] or "", texts[4] or "")


@dataclass(frozen=True)
class CurrentList:
    """The OCA's list of a role as it was last imported: how many of its rows are of that role, and the day (UTC)."""

    rows: int
    imported: date


@dataclass(frozen=True)
class Reason:
    """One thing that decided: the `rule` by name, the `field` that it looked at, the certificate (None: about none), the sentence."""

    rule: str
    field: str
    sentence: str
    number: str | None = None
    revision: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The reason for programs."""
        return {"rule": self.rule, "field": self.field, "certificate": self.number, "revision": self.revision, "sentence": self.sentence}


@dataclass(frozen=True)
class RowDifference:
    """One row of the hardware feature set that differs: what the certificate says, and what the device is said to have."""

    row: str
    certified: str
    device: str

    def to_json(self) -> dict[str, Any]:
        """The difference for programs."""
        return {"row": self.row, "certified": self.certified, "device": self.device}


@dataclass(frozen=True)
class Derivative:
    """A certified product of the same company and family that is another model or version. `model_differs` and `version_differs` are None
    where it cannot be told; `hardware` are the deciding rows that differ, as far as both sides say them.
    """

    certificate: Certified
    model_differs: bool | None
    version_differs: bool | None
    hardware: tuple[RowDifference, ...]
    sentence: str

    def to_json(self) -> dict[str, Any]:
        """The derivative for programs."""
        one = self.certificate
        return {
            "certificate": one.number,
            "revision": one.revision,
            "model": one.model or one.designation,
            "software_version": one.software_version,
            "model_differs": self.model_differs,
            "version_differs": self.version_differs,
            "hardware": [row.to_json() for row in self.hardware],
            "sentence": self.sentence,
        }


@dataclass(frozen=True)
class Together:
    """The feature profiles that covering certificates of one protocol (None: it was not read) passed together."""

    protocol: str | None
    profiles: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The profiles for programs."""
        return {"protocol": self.protocol, "profiles": list(self.profiles)}


def _together(certificates: Sequence[Certified]) -> Together:
    first = certificates[0]
    profiles = dict.fromkeys(profile for one in certificates for profile in one.profiles)
    return Together(first.protocol if first.spoken else None, tuple(profiles))


@dataclass(frozen=True)
class Match:
    """The answer about one device. `certificates` are those that cover it: of one protocol together (a Full and a Security certificate of
    one version). `reasons` come in the order of their weight, the deciding ones first.
    """

    answer: Answer
    reasons: tuple[Reason, ...]
    certificates: tuple[Certified, ...] = ()
    step: Step | None = None
    derivatives: tuple[Derivative, ...] = ()

    @property
    def together(self) -> tuple[Together, ...]:
        """What the covering certificates passed, of each protocol by itself; what is for an unknown protocol goes with nothing."""
        parts: dict[object, list[Certified]] = {}
        for one in self.certificates:
            parts.setdefault(one.spoken or id(one), []).append(one)
        return tuple(map(_together, parts.values()))

    @property
    def profiles(self) -> tuple[str, ...]:
        """The feature profiles that the first certificate passed together with the others of its protocol."""
        return self.together[0].profiles if self.certificates else ()

    @property
    def rule(self) -> str:
        """The rule that decided."""
        return self.reasons[0].rule

    @property
    def sentence(self) -> str:
        """The answer's first reason, in words."""
        return self.reasons[0].sentence

    def to_json(self) -> dict[str, Any]:
        """The match for programs."""
        return {
            "answer": str(self.answer),
            "rule": self.rule,
            "step": str(self.step) if self.step else None,
            "certificates": [{"number": one.number, "revision": one.revision, "kind": one.kind} for one in self.certificates],
            "profiles": list(self.profiles),
            "together": [one.to_json() for one in self.together],
            "reasons": [reason.to_json() for reason in self.reasons],
            "derivatives": [one.to_json() for one in self.derivatives],
        }
