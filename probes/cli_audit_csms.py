"""`ocpp-registry audit csms`: a central system held against its certificate, from the command line."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from probes.adaptors.base import Adaptor
from probes.adaptors.loading import load
from probes.adaptors.prompt import PromptAdaptor
from probes.audit import AuditResult
from probes.audit_csms import CentralOptions, audit_csms
from probes.cases.prompts import Operator
from probes.central.tags import Tags, tag_given
from probes.cli_audit import given_by
from probes.cli_report import hand_over, progress_shown
from probes.cli_security import client_options, client_security, secret
from probes.csms.errands import FirmwarePackage
from probes.pki.certificates import read_chain
from probes.pki.firmware import signature_problem
from probes.wire.redact import without_credentials
from registry.certificates.facts import CertificateFacts
from registry.errors import CannotBegin
from registry.settings import Settings

_FILE = click.Path(path_type=Path)

MakeAdaptor = Callable[[Operator | None], Adaptor | None]
"""Gives the way to ask, from whoever is at the terminal (None: nobody). None: there is no way."""


@click.command()
@click.argument("endpoint", metavar="WS_URL")
@click.option("--id", "identity", required=True, help="The identity under which our station is registered there.")
@click.option("--certificate", "number", help="The certificate number, as the registry has it.")
@click.option("--facts", "facts_file", type=click.Path(path_type=Path), help="Instead of the registry: a file of `parse --json`.")
@click.option(
    "--adaptor",
    metavar="A",
    help="How it is asked to send something: prompt, builtin=PORT, steve=URL, citrineos=URL, octt=URL, or a file of your own.",
)
@click.option(
    "--tag",
    "tags",
    multiple=True,
    metavar="[STATE=]TAG",
    help="An idTag there: valid (when no state is written), member of the valid one's group, single, blocked, expired, unknown.",
)
@click.option("--also", multiple=True, metavar="ID", help="A further station that is registered there, for what takes several.")
@click.option(
    "--also-password",
    "also_passwords",
    multiple=True,
    metavar="ID=FILE",
    help="The password of a further station that has one of its own; else it shows what our station shows.",
)
@click.option(
    "--load",
    "many",
    type=int,
    default=0,
    metavar="N",
    help="Allow so many stations at once, up to 1000, to see how long answers take then: 10, 100, ... N. None come without it.",
)
@click.option("--load-prefix", metavar="P", help="How the identities of those stations begin, P0001 on; ID-LOAD- when it is not given.")
@click.option("--case", "cases", multiple=True, help="Only these test cases, as TC_001_CSMS.")
@click.option("--software-version", "version", help="What its people say that its version is; over OCPP 1.6 it tells none.")
@client_options
@click.option(
    "--door",
    "doors",
    multiple=True,
    metavar="PROFILE=URL",
    help="Where stations with another security profile connect, as 3=wss://HOST:PORT: to see it raised. It cannot be lowered again.",
)
@click.option(
    "--firmware",
    type=_FILE,
    help="Firmware to have installed, where the central system takes no other; it is offered to our station alone.",
)
@click.option("--firmware-certificate", type=_FILE, help="PEM of the certificate that vouches for it, followed by its maker's root.")
@click.option("--firmware-signature", type=_FILE, help="Its signature in Base64, made with that certificate's key.")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON document on standard output.")
@click.pass_context
def csms(
    ctx: click.Context,
    /,
    endpoint: str,
    identity: str,
    number: str | None,
    facts_file: Path | None,
    adaptor: str | None,
    tags: tuple[str, ...],
    also: tuple[str, ...],
    also_passwords: tuple[str, ...],
    many: int,
    load_prefix: str | None,
    cases: tuple[str, ...],
    version: str | None,
    doors: tuple[str, ...],
    firmware: Path | None,
    firmware_certificate: Path | None,
    firmware_signature: Path | None,
    as_json: bool,
    **shown: Any,
) -> None:
    """Audit a central system: our charging station connects to WS_URL/ID, and the cases are carried out from there.

    Register a station with two connectors and the identity ID there, and enter idTags for the audit. What only the central system can
    start is asked for through --adaptor; without one, on a terminal, you are asked to do it.

    Exit status: 0 conformant, 1 deviates or inconclusive, 2 the audit could not begin.
    """
    settings = ctx.find_object(Settings) or Settings.from_environment()
    facts = given_by(settings, number, facts_file, "audit csms").facts
    options = CentralOptions(
        cases=cases,
        tags=Tags.of(map(tag_given, tags)),
        also=also,
        load=many,
        load_prefix=load_prefix,
        security=client_security(**shown),
        passwords=dict(map(_password, also_passwords)),
        further=dict(map(_door, doors)),
        firmware=_package(firmware, firmware_certificate, firmware_signature),
        version=version,
    )
    try:
        result = asyncio.run(_run(facts, endpoint, identity, _factory(adaptor), settings, options))
    except KeyboardInterrupt:
        told = f"nothing is concluded; the record is in {settings.transcripts}, and the next audit ends what was left open there"
        raise CannotBegin(f"{without_credentials(endpoint)}: the audit was interrupted, {told}") from None
    hand_over(ctx, result, as_json=as_json)


async def _run(
    facts: CertificateFacts, endpoint: str, identity: str, make_adaptor: MakeAdaptor, settings: Settings, options: CentralOptions
) -> AuditResult:
    with progress_shown(f"connecting {identity}") as (told, person):
        way = make_adaptor(person)
        try:
            return await audit_csms(
                facts=facts,
                endpoint=endpoint,
                identity=identity,
                transcript_dir=settings.transcripts,
                options=replace(options, adaptor=way),
                on_progress=told,
            )
        finally:
            if way is not None:
                await way.close()


def _factory(named: str | None) -> MakeAdaptor:
    """The way to ask: the one that was named; else the person at the terminal, if it is one. Raises `CannotBegin`."""
    if named is not None:
        return load(named, environment=os.environ)
    return lambda operator: None if operator is None else PromptAdaptor(operator)


def _password(text: str) -> tuple[str, str]:
    identity, equals, file = text.partition("=")
    if not equals or not identity or not file:
        raise CannotBegin(f"--also-password {text}: write it as ID=FILE")
    return identity, secret(Path(file))


def _door(text: str) -> tuple[int, str]:
    """`PROFILE=URL` as a security profile and its endpoint. Raises `CannotBegin`."""
    profile, _, url = text.partition("=")
    if profile not in {"1", "2", "3"} or urlsplit(url).scheme != ("ws" if profile == "1" else "wss") or not urlsplit(url).hostname:
        raise CannotBegin(f"--door {without_credentials(text)}: no door; write PROFILE=URL, as 3=wss://HOST:PORT/PATH")
    return int(profile), url


def _package(image: Path | None, certificate: Path | None, signature: Path | None) -> FirmwarePackage | None:
    """Firmware with what vouches for it. Raises `CannotBegin` for one without the other, and for what our station could not take."""
    if image is None and certificate is None and signature is None:
        return None
    if image is None or certificate is None or signature is None:
        raise CannotBegin("--firmware, --firmware-certificate and --firmware-signature belong together; give all three")
    try:
        texts = [path.read_text(encoding="ascii") for path in (certificate, signature)]
        name = re.sub(r"[^A-Za-z0-9_.-]", "_", image.name).lstrip(".") or "firmware"
        package = FirmwarePackage(name, image.read_bytes(), texts[0], "".join(texts[1].split()))
        signer = read_chain(package.certificate)[0]
    except OSError as problem:
        raise CannotBegin(f"{problem.filename}: cannot be read ({problem.strerror}); name a file") from problem
    except ValueError as problem:
        raise CannotBegin(f"{certificate} or {signature}: no certificate in PEM and signature in Base64; name such files") from problem
    wrong = signature_problem(package.image, package.signature, signer)
    if wrong:
        raise CannotBegin(f"{image}: {wrong}; give the signature that belongs to it")
    return package
