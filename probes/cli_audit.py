"""`ocpp-registry audit`: a deployed product held against its certificate, from the command line."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from probes.audit import AuditOptions, AuditResult, Listen, audit_station
from probes.cases.catalogue import DEFAULT_TIERS, TIERS
from probes.cases.station import SignedBy
from probes.cli_report import hand_over, progress_shown
from probes.cli_security import audit_security, audit_security_options
from probes.facts_file import read_facts
from registry import db
from registry.aliases.queries import recorded
from registry.certificates import queries
from registry.certificates.facts import CertificateFacts
from registry.errors import CannotBegin
from registry.matching.aliases import Alias
from registry.settings import Settings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def audit() -> None:
    """Hold a deployed product against its certificate."""


@audit.command()
@click.option("--id", "identity", required=True, help="The station's identity: the last part of the address to which it connects.")
@click.option("--certificate", "number", help="The certificate number, as the registry has it.")
@click.option("--facts", "facts_file", type=click.Path(path_type=Path), help="Instead of the registry: a file of `parse --json`.")
@click.option("--listen", required=True, metavar="HOST:PORT", help="Where the station connects to: ws://HOST:PORT/ID.")
@click.option("--tier", "tiers", multiple=True, type=click.Choice(TIERS), help="What the audit may do; passive and read-only by default.")
@click.option("--case", "cases", multiple=True, help="Only these test cases, as TC_019_CS.")
@click.option(
    "--firmware",
    type=_FILE,
    help="An image for this station, to be installed in the laboratory tier.",
)
@click.option("--firmware-certificate", type=_FILE, help="PEM of the certificate that vouches for --firmware.")
@click.option("--firmware-signature", type=_FILE, help="Its signature in Base64, made with that certificate's key.")
@audit_security_options
@click.option("--wait", default=60.0, show_default=True, type=click.FloatRange(0.1, 86400), help="Seconds to wait for the station.")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON document on standard output.")
@click.pass_context
def station(
    ctx: click.Context,
    /,
    identity: str,
    number: str | None,
    facts_file: Path | None,
    listen: str,
    tiers: tuple[str, ...],
    cases: tuple[str, ...],
    firmware: Path | None,
    firmware_certificate: Path | None,
    firmware_signature: Path | None,
    wait: float,
    as_json: bool,
    **asked: Any,
) -> None:
    """Take over one charging station that connects to ws://HOST:PORT/ID, audit it, and restore what was changed.

    A station that comes with a security profile needs a door that asks for it: --security-profile, --cert and the like, as for
    `ocpp-registry csms`. With --station-password-file its password may be changed and given back, in the tier reversible.

    What needs a person (a tag, a cable) is asked for here, when this is a terminal. An interrupted audit goes on with the same command.

    Exit status: 0 conformant, 1 deviates or inconclusive, 2 the audit could not begin.
    """
    settings = ctx.find_object(Settings) or Settings.from_environment()
    endpoint = parse_endpoint(listen)
    given = given_by(settings, number, facts_file, "audit station")
    doors, shown = audit_security(identity, endpoint.host, **asked)
    endpoint = replace(endpoint, **doors)
    signed = _signed_by(firmware_certificate, firmware_signature)
    options = AuditOptions(tiers=tiers or DEFAULT_TIERS, cases=cases, wait=wait, firmware=firmware, signed=signed, **shown)
    try:
        result = asyncio.run(_run(given, identity, endpoint, settings, options))
    except KeyboardInterrupt:
        place = settings.transcripts
        raise CannotBegin(
            f"{identity}: the audit was interrupted, nothing is concluded; run the same again to go on; the record is in {place}"
        ) from None
    hand_over(ctx, result, as_json=as_json)


commands: tuple[click.Command, ...] = (audit,)


def _signed_by(certificate: Path | None, signature: Path | None) -> SignedBy | None:
    if certificate is None and signature is None:
        return None
    if certificate is None or signature is None:
        raise CannotBegin("--firmware-certificate and --firmware-signature belong together; give both")
    return SignedBy(certificate, signature)


def parse_endpoint(text: str) -> Listen:
    """`HOST:PORT`, also `[::1]:9000`. Raises `CannotBegin` for anything else."""
    host, colon, port = text.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if not colon or not host or "/" in host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise CannotBegin(f"{text!r} is no address to listen on; write HOST:PORT, as 127.0.0.1:9000 or 0.0.0.0:9000")
    return Listen(host, int(port))


@dataclass(frozen=True)
class Given:
    """The certificate that a command is given; `known_as` are the records of other names of its companies, as the registry has them."""

    facts: CertificateFacts
    known_as: tuple[Alias, ...] = ()


def given_by(settings: Settings, number: str | None, facts_file: Path | None, verb: str) -> Given:
    """What a command is given: a certificate by its number in the registry or as a file, without a registry. Raises `CannotBegin`."""
    if facts_file is None:
        return _from_registry(settings, number, verb)
    facts = read_facts(facts_file)
    if number and facts.number != number.strip().upper():
        raise CannotBegin(f"{facts_file}: it holds the certificate {facts.number}, not {number}; leave one of the two out")
    return Given(facts)


def _from_registry(settings: Settings, number: str | None, verb: str) -> Given:
    if not number:
        raise CannotBegin(f"{verb}: which certificate? give --certificate NUMBER, or --facts FILE")
    db.require_current(settings)
    with db.session_factory(settings)() as session:
        facts = queries.facts(session, number.strip().upper())
        if facts is None:
            raise CannotBegin(f"certificate {number}: the registry has no document of it; bring it in with `ocpp-registry ingest FILE`")
        return Given(facts, recorded(session).of(facts.holder, facts.vendor_name))


async def _run(given: Given, identity: str, endpoint: Listen, settings: Settings, options: AuditOptions) -> AuditResult:
    with progress_shown(f"waiting for {identity}") as (told, operator):
        return await audit_station(
            facts=given.facts,
            known_as=given.known_as,
            identity=identity,
            csms=endpoint,
            transcript_dir=settings.transcripts,
            options=replace(options, operator=operator),
            on_progress=told,
        )
