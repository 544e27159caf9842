"""What is offered, and the certificates that it may be covered by, as the evaluation takes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from registry.certificates.facts import CertificateFacts
from registry.matching.aliases import Alias
from registry.matching.disputes import Dispute


@dataclass(frozen=True)
class Evidence:
    """Evidence other than a certificate that is in the file with the offer. None: the offer does not say.

    `communication` is the transport, JSON or SOAP, which "1.6J" and "1.6S" say.
    """

    level: str
    protocol: str | None = None
    profiles: tuple[str, ...] | None = None
    communication: str | None = None


@dataclass(frozen=True)
class Offer:
    """One offered product. None: the offer does not say, or not so that it can be taken; then `problems` say why.

    `certificates` are the numbers that the offer names, each with its revision where it names one (`certificates.numbers.named_in`).
    `other_days` are what `installed` may be besides, where it is a time with a zone. `is_day_unclear` tells that there is an installation
    date that cannot be read: no other may stand in for it. `is_evidence_unclear` tells the same of evidence: what it shows is not known,
    and not missing.
    """

    row: int = 1
    holder: str | None = None
    model: str | None = None
    software_version: str | None = None
    role: str | None = None
    certificates: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    installed: date | None = None
    other_days: tuple[date, ...] = ()
    is_day_unclear: bool = False
    is_evidence_unclear: bool = False
    problems: tuple[str, ...] = ()

    @property
    def says_evidence(self) -> bool:
        """Whether the offer says on what it rests: then what that does not show is not shown."""
        return bool(self.certificates or self.evidence) and not self.is_evidence_unclear


def product_of(certificate: CertificateFacts) -> Offer:
    """The product of a certificate as somebody offers it who names no certificate: another may be held of it that is not known here."""
    return Offer(
        holder=certificate.holder,
        model=certificate.model or certificate.designation,
        software_version=certificate.software_version,
        role=certificate.role,
    )


@dataclass(frozen=True)
class Held:
    """A certificate that the registry holds. `unread` are the paths of fields that were not read with certainty, or
    about which an error was found. `is_withdrawn` tells that the OCA's list had it and has it no more. `held_now` is the revision of its
    number that holds in its place, "" for the one without a name and "?" where that cannot be told; None where it holds itself.

    Without a document it is known from the OCA's list alone, and attests nothing here. `known_as` are the other names that are recorded of
    the companies that it names; `dispute` is what the OCA's list has under its number, where that contradicts it, and nobody settled it.
    `role_contradicted` is what the document says against its own role, and where, as sentences.
    """

    facts: CertificateFacts
    unread: frozenset[str] = frozenset()
    has_document: bool = True
    is_withdrawn: bool = False
    held_now: str | None = None
    known_as: tuple[Alias, ...] = ()
    dispute: Dispute | None = None
    role_contradicted: str = ""

    @property
    def label(self) -> str:
        """Its number, with the revision where there is one."""
        return " ".join(part for part in (self.facts.number, self.facts.revision) if part) or "a certificate without a number"
