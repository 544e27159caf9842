"""An installation with something of everything, made once for a module, and what is found in it by which name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from registry.accounts.roles import Role
from registry.audits import store as audit_store
from registry.campaigns.plan import Every
from registry.campaigns.store import Wanted, create
from registry.campaigns.table import Listed
from registry.certificates.store import save_extraction
from registry.fleet import intake
from registry.fleet.matching import match_fleet
from registry.listing.shrinking import Shrinkage, set_aside
from registry.listing.store import import_rows
from registry.requirements import results
from registry.requirements import store as rules_store
from registry.requirements.reading import shipped_texts
from registry.settings import Settings
from tests.registry import reviewing, samples
from tests.registry.making import extraction, row
from tests.registry.signing_in import bearer

REVISED = "OCA.0016.9001.CS"
"""A certificate with two revisions, of which the newer one says another software version."""

NEWER = "update-2025-12-12"
KEPT_RULES = "city-rules"
ASIDE = "a" * 64
FLEET = (
    "identity,vendor,model,firmware,site,endpoint,latitude,longitude\n"
    "CP-1,Example Chargers Ltd. (made for tests),EX-1,V2.4.0,Harbour,wss://charger.example/CP-1,52.1,4.3\n"
    "CP-2,Nobody,Unknown,1.0,Harbour,,52.1,4.3\n"
    "CP-4711,Example Chargers Ltd. (made for tests),EX-1,V2.4.0,Station road,,,\n"
)
UNNUMBERED = "No number here"
CENTRAL = "wss://csms.example/ocpp"


@dataclass(frozen=True)
class Installation:
    """The application, and the real values of its path parameters by their names."""

    app: Flask
    sessions: sessionmaker[Session]
    settings: Settings
    known: Mapping[str, str]
    started: list[str]
    headers: Mapping[Role, dict[str, str]]


def rules(identity: str) -> str:
    """A requirement set of one's own, made from one that ships."""
    original = sorted(shipped_texts())[0]
    return shipped_texts()[original].replace(f'id = "{original}"', f'id = "{identity}"', 1)


def fill(settings: Settings, sessions: sessionmaker[Session], started: list[str]) -> Installation:
    """Put something of everything into a fresh installation."""
    rows = [row(position, country="Country 1" if position % 2 else "Country 2") for position in range(1, 6)]
    unnumbered = row(9, row=9, certificate_no=UNNUMBERED, number=None)
    with sessions.begin() as session:
        save_extraction(session, samples.example_certificate(), "example.txt", parser_version="1")
        save_extraction(session, extraction("first", number=REVISED), "first.txt", parser_version="1")
        save_extraction(
            session, extraction("second", number=REVISED, revision=NEWER, software_version="V1.4.0"), "second.txt", parser_version="1"
        )
        import_rows(session, "list.csv", "b" * 64, [*rows, unnumbered])
        shrunk = Shrinkage(6, ("OCA.0016.0001.CSMS",), ())
        set_aside(session, "short.csv", ASIDE, 1, shrunk)
    reviewing.store(sessions, settings)
    audit = samples.audited(sessions, settings)
    samples.audited(sessions, settings, samples.conformant_report(), at=samples.NOW + timedelta(days=1))
    with sessions.begin() as session:
        central = audit_store.request(session, CENTRAL, samples.EXAMPLE, audit_store.CENTRAL_MODE, given={"identity": "X"}, id_tags={})
        waiting = audit_store.request(session, "CP-9", samples.EXAMPLE)
        audit_store.start(session, waiting)
        audit_store.record_progress(session, waiting, 0, 3, "Waiting for the station.")
        position = audit_store.ask_person(session, waiting, "Plug in a car.", samples.NOW + timedelta(days=3650))
        wanted = Wanted("Harbour, spring", ("passive", "read-only"), 2, 1, Every.ONCE)
        campaign = create(session, wanted, [Listed("CP-1", samples.EXAMPLE, "Harbour"), Listed("CP-4711", samples.EXAMPLE, "")])
        rules_store.keep(session, rules(KEPT_RULES), "Made for tests.")
        draft = intake.read_file(session, FLEET.encode(), "fleet.csv")
        intake.keep(session, draft)
    match_fleet(sessions)
    token = results.keep(settings, _check(sessions))
    # Tests ask more often than anybody may.
    app = samples.web(replace(settings, api_per_minute=0, api_per_minute_with_token=0, checks_per_minute=0), sessions, started.append)
    known = {
        "number": REVISED,
        "sha256": reviewing.SHA256,
        "page": "1",
        "holder": "example-chargers-made-for-tests",
        "slug": "ex-1",
        "identity": KEPT_RULES,
        "device": "CP-1",
        "token": token,
        "audit_id": audit,
        "waiting": waiting,
        "central": central,
        "position": str(position),
        "campaign_id": campaign,
    }
    headers = {role: bearer(sessions, role) for role in Role}
    return Installation(app, sessions, settings, known, started, headers)


def _check(sessions: sessionmaker[Session]) -> dict[str, object]:
    from registry.requirements.checking import check
    from registry.requirements.offers import Offer
    from registry.requirements.table import Offers

    with sessions() as session:
        sets = rules_store.all_sets(session)
        offers = Offers((Offer(row=1, model="EX-1", software_version="V2.4.0"),), ())
        return check(session, sets[KEPT_RULES], sets, offers, samples.NOW.date()).to_json() | {"file": "offers.csv"}
