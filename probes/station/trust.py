"""The root certificates of a station: installed, listed, deleted, replaced (security white paper, M03 to M05). Pure but for the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ocpp.v16.enums import CertificateStatus, CertificateUse, DeleteCertificateStatus

from probes.pki.certificates import (
    Certificate,
    HashData,
    NoCertificate,
    fingerprint,
    hash_data,
    issued,
    read_one,
    root_problem,
    to_pem,
)
from probes.station.store import Store

CENTRAL, MANUFACTURER = CertificateUse.central_system_root_certificate, CertificateUse.manufacturer_root_certificate


@dataclass(frozen=True)
class Root:
    """An installed root. `issuer` is the one that signed it: itself, or the root that it replaces."""

    use: CertificateUse
    certificate: Certificate
    issuer: Certificate

    def hash_data(self, algorithm: str = "SHA256") -> HashData:
        """What names it in messages."""
        return hash_data(self.certificate, self.issuer, algorithm)


@dataclass(frozen=True)
class Installed:
    """What came of an InstallCertificate.req; `problem` says why not, empty when it was installed."""

    status: CertificateStatus
    problem: str = ""


class TrustStore:
    """The roots, kept in `store`; `given` are those that the station came with, for the CSMS; one that comes with others
    begins anew with these. `limit`: CertificateStoreMaxLength, None for no limit.

    With `replaces` (AdditionalRootCertificateCheck) there is one root of the CSMS, and for a while its predecessor, to fall back on.
    """

    def __init__(self, store: Store, given: Sequence[Certificate] = (), *, limit: int | None = None, replaces: bool = False) -> None:
        self._store = store
        self._limit = limit
        self._replaces = replaces
        self._given = [fingerprint(each) for each in given]
        self._fallback: Root | None = None
        saved = store.get("roots")
        kept = [_root_of(entry) for entry in saved["installed"]] if saved else []
        if saved and saved["given"] == self._given:
            self._roots = kept
            self._fallback = _root_of(saved["fallback"]) if saved["fallback"] else None
        else:
            self._roots = [*(Root(CENTRAL, each, each) for each in given), *(root for root in kept if root.use == MANUFACTURER)]
        self.managed = bool(saved or given)
        """Whether there are, or were, roots of its own: then nobody else is trusted, also when all are deleted (M04, remarks)."""

    def roots(self, use: CertificateUse) -> tuple[Certificate, ...]:
        """The roots of one kind that count, without the one to fall back on."""
        return tuple(root.certificate for root in self._roots if root.use == use)

    @property
    def fallback(self) -> Certificate | None:
        """The root that was replaced last, until its successor has proved itself (M05.FR.11)."""
        return self._fallback.certificate if self._fallback else None

    def install(self, use: CertificateUse, text: str, now: datetime) -> Installed:
        """M05. What is invalid, or too much, is rejected, what the disk does not take fails; one that is there already stays as it is."""
        try:
            certificate = read_one(text)
        except NoCertificate as problem:
            return Installed(CertificateStatus.rejected, str(problem))
        wrong = root_problem(certificate, now)
        if wrong:
            return Installed(CertificateStatus.rejected, f"the certificate {wrong}")
        if fingerprint(certificate) in {fingerprint(each) for each in self.roots(use)}:
            return Installed(CertificateStatus.accepted)
        issuer = self._issuer(use, certificate)
        old = next((root for root in self._roots if root.use == CENTRAL), None) if use == CENTRAL and self._replaces else None
        if old and not issued(old.certificate, certificate):
            return Installed(CertificateStatus.rejected, "the new root is not signed by the one that it would replace")
        if issuer is None:
            return Installed(CertificateStatus.rejected, "the root is signed by one that is not installed here")
        if old is None and self._limit is not None and len(self._roots) >= self._limit:
            return Installed(CertificateStatus.rejected, f"{self._limit} certificates are installed already")
        before = list(self._roots), self._fallback
        if old:
            self._roots.remove(old)
            self._fallback = old
        self._roots.append(Root(use, certificate, issuer))
        if self._keep():
            return Installed(CertificateStatus.accepted)
        self._roots, self._fallback = before
        return Installed(CertificateStatus.failed, "it cannot be written down")

    def proved(self) -> None:
        """A connection came to pass with the new root: the old one is not needed any more (M05.FR.12)."""
        if self._fallback:
            self._fallback = None
            self._keep()

    def ids(self, use: CertificateUse) -> list[HashData]:
        """M03."""
        return [root.hash_data() for root in self._roots if root.use == use]

    def delete(self, told: HashData, in_use: str | None) -> DeleteCertificateStatus:
        """M04. `in_use` is the fingerprint of the root that the connection stands on, which stays (M04.FR.06), as does one whose end
        cannot be written down (M04.FR.03).
        """
        for root in self._roots:
            if root.hash_data(told.algorithm) == told:
                if fingerprint(root.certificate) == in_use:
                    return DeleteCertificateStatus.failed
                before = list(self._roots)
                self._roots.remove(root)
                if self._keep():
                    return DeleteCertificateStatus.accepted
                self._roots = before
                return DeleteCertificateStatus.failed
        return DeleteCertificateStatus.not_found

    def _issuer(self, use: CertificateUse, certificate: Certificate) -> Certificate | None:
        candidates = [certificate, *self.roots(use)]
        return next((each for each in candidates if issued(each, certificate)), None)

    def _keep(self) -> bool:
        self.managed = True
        fallback = _entry(self._fallback) if self._fallback else None
        return self._store.put("roots", {"given": self._given, "installed": [_entry(root) for root in self._roots], "fallback": fallback})


def _entry(root: Root) -> dict[str, Any]:
    return {"use": str(root.use), "certificate": to_pem(root.certificate), "issuer": to_pem(root.issuer)}


def _root_of(entry: dict[str, Any]) -> Root:
    return Root(CertificateUse(entry["use"]), read_one(entry["certificate"]), read_one(entry["issuer"]))
