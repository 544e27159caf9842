"""The Flask application factory, and the processes that serve it: wiring, nothing else."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from ingest.listing_import import take_set_aside
from ingest.pipeline import import_listing, ingest_paths
from ingest.rechecks import catch_up, recheck
from probes.campaigns import CampaignRunner
from probes.gateway import Gateway
from probes.jobs import AuditJob, Jobs, take_up_interrupted
from registry import db
from registry.accounts.cli import remember_pages, welcome_address
from registry.accounts.store import FIRST_ADMIN, LINK_LASTS, first_admin_link
from registry.audits import store as audits
from registry.certificates import queries
from registry.errors import CannotBegin
from registry.processes import ProcessGroup, require_free_port, wait_for_answer, wait_for_port
from registry.settings import DATABASE_VARIABLE, HOME_VARIABLE, Settings
from registry.watches.deliverer import Deliverer

ROOT = Path(__file__).resolve().parent
DATA = ROOT / "data"
HOST = "127.0.0.1"
WEB_PROCESSES = 2
AUDITS_AT_ONCE = 16
KEEPER = "keeper"
"""What the registry does by itself: should it end, nobody who waits for a page or an audit has to know."""

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""numpy begins a thread for each processor in each process otherwise, for what is computed nowhere here."""

DEMONSTRATION_STATION = "DEMO-LECS007"
DEMONSTRATION_CERTIFICATE = "OCA.0016.0408.CS"


def create_app(settings: Settings | None = None, gateway_port: int = 9000) -> Flask:
    """The catalogue as a WSGI application. Audits that its pages ask for go into the job queue; the worker runs them."""
    # Here, as the other processes have no pages: they start in half the time without what those are made of.
    from registry.web import create_web

    settings = settings or Settings.from_environment()
    ask = Jobs(settings).ask
    made = create_web(
        settings,
        start_audit=ask,
        templates=ROOT / "templates",
        gateway_port=gateway_port,
        recheck=recheck,
        take_list=take_set_aside,
    )
    # What the program is made of stays for as long as the process does. Looking through all of it for what nobody needs any more, again
    # and again, is a tenth of what a page costs.
    gc.collect()
    gc.freeze()
    return made


def load_shipped_data(settings: Settings, sessions: sessionmaker[Session]) -> None:
    """Put the sample certificates and the OCA list into a registry that has none.

    Only then: an older list that came back at every start would take the place of the newer one that somebody imported.
    """
    with sessions() as session:
        present = queries.counts(session)
    if not present.certificates:
        ingest_paths(sessions, settings, [DATA / "certificates"])
    if not present.listed_rows:
        for listing in sorted((DATA / "listing").glob("*.csv")):
            import_listing(sessions, settings, listing)


def ask_for_demonstration(settings: Settings, sessions: sessionmaker[Session]) -> None:
    """On the first start, have the demonstration station audited, so that there is an audit to look at."""
    with sessions.begin() as session:
        if audits.recent(session, limit=1) or queries.facts(session, DEMONSTRATION_CERTIFICATE) is None:
            return
        audit_id = audits.request(session, DEMONSTRATION_STATION, DEMONSTRATION_CERTIFICATE)
    Jobs(settings).ask(audit_id)


def invite_first_admin(settings: Settings, sessions: sessionmaker[Session], here: str) -> str | None:
    """As long as nobody can administer: a new link for the first admin, to be printed, as only its hash is kept."""
    with sessions.begin() as session:
        secret = first_admin_link(session)
    return welcome_address(settings.public_address or here, secret) if secret else None


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Where the catalogue is served.")
@click.option("--gateway-port", default=9000, show_default=True, type=click.IntRange(1, 65535), help="Where charging stations connect.")
@click.option("--host", default=HOST, show_default=True, help="The address to listen on; 0.0.0.0 lets other machines in.")
@click.option("--demonstration/--no-demonstration", default=True, help="Run a demonstration station and, on the first start, audit it.")
def up(port: int, gateway_port: int, host: str, demonstration: bool) -> None:
    """Everything on one machine: database, catalogue, gateway and workers. Ctrl-C ends them all."""
    settings = Settings.from_environment()
    require_free_port(host, port, "catalogue")
    require_free_port(host, gateway_port, "gateway")
    db.upgrade(settings)
    sessions = db.session_factory(settings)
    catch_up(sessions)
    load_shipped_data(settings, sessions)
    if demonstration:
        ask_for_demonstration(settings, sessions)
    remember_pages(settings, f"http://{host}:{port}/")
    invitation = invite_first_admin(settings, sessions, f"http://{host}:{port}/")
    environment = {**ONE_THREAD, **os.environ, HOME_VARIABLE: str(settings.home), DATABASE_VARIABLE: settings.database}
    with ProcessGroup(environment) as group:
        for name, command, listens in _children(host, port, gateway_port, demonstration):
            group.start(name, command, is_dispensable=name == KEEPER)
            wait = wait_for_answer if listens == port else wait_for_port
            if listens and not wait(host, listens, partial(group.running, name)):
                raise CannotBegin(f"The {name} did not start; its last lines stand above.")
        click.echo(f"\n  Catalogue   http://{host}:{port}/")
        click.echo(f"  Gateway     ws://{host}:{gateway_port}/<station identity>")
        if invitation:
            click.echo("\n  Nobody can administer this registry yet. This link sets the password of its first account,")
            click.echo(f"  '{FIRST_ADMIN}'; it works once, and for {LINK_LASTS.days} days:")
            click.echo(f"  {invitation}")
        click.echo("\n  Ctrl-C ends everything.\n")
        if ended := group.wait():
            raise CannotBegin(f"The {ended} ended by itself, so everything was stopped; its last lines stand above.")


def _children(host: str, port: int, gateway_port: int, demonstration: bool) -> Iterator[tuple[str, list[str], int | None]]:
    """The processes that `up` runs, in order: name, command line, and the port to wait for before the next one starts."""
    ourselves = [sys.executable, "-m", "app"]
    yield "worker", [*ourselves, "worker", "--host", host, "--gateway-port", str(gateway_port)], gateway_port
    # Through the API a spreadsheet of 200,000 devices is stored and matched in one request, for longer than the half minute of gunicorn.
    patience = ["--timeout", "300", "--log-level", "warning", "--config", "python:registry.request_line"]
    server = [sys.executable, "-m", "gunicorn", "--bind", f"{host}:{port}", "--workers", str(WEB_PROCESSES), *patience]
    yield "catalogue", [*server, f"serving:create_app(gateway_port={gateway_port})"], port
    yield KEEPER, [*ourselves, "keeper"], None
    if demonstration:
        station = ["--id", DEMONSTRATION_STATION, "--certificate", DEMONSTRATION_CERTIFICATE]
        yield "demonstration station", [*ourselves, "station", "--csms", f"ws://{host}:{gateway_port}", *station], None


@click.command(hidden=True)
@click.option("--host", default=HOST)
@click.option("--gateway-port", default=9000, type=click.IntRange(1, 65535))
def worker(host: str, gateway_port: int) -> None:
    """Part of `up`: the gateway that stations connect to, the audits that run on it, and word of changes to those who keep watch."""
    settings = Settings.from_environment()
    sessions = db.session_factory(settings)
    take_up_interrupted(sessions, Jobs(settings).ask)
    with Gateway(settings, host, gateway_port) as gateway:
        jobs = Jobs(settings, AuditJob(sessions, gateway))
        with CampaignRunner(sessions, gateway.present, jobs.ask), Deliverer.of(settings, sessions):
            jobs.work(AUDITS_AT_ONCE)


commands = (up, worker)
"""What app.py puts into `ocpp-registry`."""
