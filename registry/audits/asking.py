"""Asking for an audit: what pages and programs ask for, held against the registry, stored and queued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from registry.audits import store
from registry.audits.credentials import Credentials
from registry.certificates.queries import facts
from registry.errors import CannotBegin, RegistryError
from registry.sentences import Sentence
from registry.site import Site

NO_WORKER = "This catalogue runs without a worker, so no audit can be started from it: start it with `ocpp-registry up`."


class CannotAsk(RegistryError):
    """An audit that cannot be. `field` is what is to blame: `station`, `address`, `certificate` or an idTag's state."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def ask_station(site: Site, station: str, certificate: str, tiers: Sequence[str], wait_seconds: float) -> str:
    """Ask for the audit of a charging station that will connect here; gives its id. Raises CannotAsk."""
    try:
        with site.sessions.begin() as session:
            if _role(session, certificate) != "CS":
                other = Sentence("%(certificate)s is not the certificate of a charging station.", certificate=certificate)
                raise CannotAsk("certificate", other)
            audit_id = store.request(session, station, certificate, tiers=tiers, wait_seconds=wait_seconds)
    except CannotBegin as error:
        raise CannotAsk("station", Sentence("%(problem_text)s.", problem_text=error.args[0])) from error
    _start_or_close(site, audit_id)
    return audit_id


def ask_central(
    site: Site,
    address: str,
    certificate: str,
    *,
    identity: str,
    person: bool,
    load: int,
    cases: Sequence[str],
    id_tags: Mapping[str, str],
    credentials: Credentials | None = None,
) -> str:
    """Ask for the audit of a management system, to which our stations connect; gives its id.

    `id_tags` is the state there of each tag, `credentials` what our station shows. Raises CannotAsk.
    """
    try:
        with site.sessions.begin() as session:
            if _role(session, certificate) != "CSMS":
                other = Sentence("%(certificate)s is not the certificate of a management system.", certificate=certificate)
                raise CannotAsk("certificate", other)
            given = {"identity": identity, "person": person, "load": load}
            audit_id = store.request(
                session,
                address,
                certificate,
                store.CENTRAL_MODE,
                cases=cases,
                given=given,
                id_tags=id_tags,
                credentials=credentials,
            )
    except CannotBegin as error:
        raise CannotAsk("address", Sentence("%(problem_text)s.", problem_text=error.args[0])) from error
    _start_or_close(site, audit_id)
    return audit_id


def _role(session: Session, certificate: str) -> str | None:
    """What the product of a certificate is, of which the registry holds a document."""
    held = facts(session, certificate)
    if held is None:
        none = Sentence("This registry holds no document of %(certificate)s: ingest it first, or choose another.", certificate=certificate)
        raise CannotAsk("certificate", none)
    return held.role


def _start_or_close(site: Site, audit_id: str) -> None:
    """Queue the audit; one that cannot be queued ends at once with the reason, so that it does not wait for ever."""
    try:
        if site.start_audit is not None:
            site.start_audit(audit_id)
    except (RegistryError, OSError) as error:
        with site.sessions.begin() as session:
            store.fail(session, audit_id, f"The audit could not be queued: {error}")
