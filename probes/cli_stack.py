"""`ocpp-registry station` and `ocpp-registry csms`: the built-in products, from the command line, until they are stopped."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from probes import cli_control
from probes.cli_audit import parse_endpoint
from probes.cli_security import client_options, client_security, server_options, server_parts
from probes.control_port import ControlPort
from probes.csms.controls import CsmsControls
from probes.csms.csms import Csms
from probes.csms.errands import RENEWAL
from probes.csms.profiles import CsmsConfig
from probes.csms.renewals import Renewals
from probes.facts_file import read_facts
from probes.faults import FaultEntry, fault_catalogue, faulty_csms, with_faults
from probes.station.config import StationConfig, config_from_json
from probes.station.profiles import missing_behaviours
from probes.station.station import Station
from probes.twins import csms_twin_of, twin_of
from probes.wire import loops
from registry import db
from registry.certificates import queries
from registry.certificates.facts import CertificateFacts
from registry.errors import CannotBegin
from registry.settings import Settings

LIST = "list"
"""The name that `--fault` takes for: show what there is."""

HISTORY = 1000
"""How many records the CSMS keeps in memory for each station."""


def _list_faults(role: str) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], tuple[str, ...]]:
    """An option's callback: with `list` among the names, print the catalogue and end, whatever else is given or missing."""

    def look(ctx: click.Context, _: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
        if LIST in names and not ctx.resilient_parsing:
            _print_faults([fault for fault in fault_catalogue() if fault.role == role])
            ctx.exit(0)
        return names

    return look


def _print_faults(faults: list[FaultEntry]) -> None:
    width = max((len(fault.name) for fault in faults), default=0)
    for fault in faults:
        click.echo(f"{fault.name:{width}}  {fault.does} ({', '.join(fault.breaks)})")


@click.command()
@click.option("--csms", "endpoint", required=True, metavar="WS_URL", help="The CSMS: ws://HOST:PORT/PATH; the identity is appended.")
@click.option("--id", "identity", required=True, help="The station's identity.")
@click.option("--certificate", "number", help="Be a twin of this certificate, as the registry has it.")
@click.option("--config", "file", type=click.Path(path_type=Path), help="A station's settings, or what `parse --json` printed.")
@click.option("--fault", "faults", multiple=True, is_eager=True, callback=_list_faults("CS"), help="Misbehave; `list` lists the faults.")
@click.option("--state", type=click.Path(path_type=Path), help="A file in which what the station must remember outlasts a restart.")
@click.option("--control", "control", type=click.IntRange(0, 65535), help="Let it be controlled on this port of 127.0.0.1; 0: any.")
@client_options
@click.pass_context
def station(
    ctx: click.Context,
    /,
    endpoint: str,
    identity: str,
    number: str | None,
    file: Path | None,
    faults: tuple[str, ...],
    state: Path | None,
    control: int | None,
    **shown: Any,
) -> None:
    """Run the built-in charging station until it is stopped (Ctrl-C)."""
    security = client_security(**shown)
    faulty = with_faults(_station_config(ctx, number, file), faults)
    for profile in missing_behaviours(faulty.config.profiles):
        click.echo(f"{identity}: the profile {profile} is certified; the built-in station refuses it, as it does not have it yet", err=True)
    built_in = Station(faulty.config, endpoint, identity, misbehave=faulty.misbehave, security=security, state=state)
    loops.run(_run_station(built_in, control))


@click.command()
@click.option("--listen", required=True, metavar="HOST:PORT", help="Where stations connect: ws://HOST:PORT/ID.")
@click.option("--certificate", "number", help="The certificate of a CSMS, as the registry has it.")
@click.option("--config", "file", type=click.Path(path_type=Path), help="Instead of the registry: a file of `parse --json`.")
@click.option("--fault", "faults", multiple=True, is_eager=True, callback=_list_faults("CSMS"), help="Misbehave; `list` lists the faults.")
@click.option("--state", "folder", type=click.Path(path_type=Path), help="A folder in which transactions outlast a restart.")
@click.option("--control", "control", type=click.IntRange(0, 65535), help="Let it be given errands on this port of 127.0.0.1; 0: any.")
@click.option(
    "--renew-before",
    "renew_days",
    type=click.IntRange(0),
    default=RENEWAL.days,
    show_default=True,
    help="Days before its end that a station's certificate is renewed, with --authority; 0: never.",
)
@server_options
@click.pass_context
def csms(
    ctx: click.Context,
    /,
    listen: str,
    number: str | None,
    file: Path | None,
    faults: tuple[str, ...],
    folder: Path | None,
    control: int | None,
    renew_days: int,
    **asked: Any,
) -> None:
    """Run the built-in central system until it is stopped (Ctrl-C)."""
    faulty = faulty_csms(faults)
    config = csms_twin_of(_facts(ctx, number, file)) if number or file else None
    place = parse_endpoint(listen)
    parts = server_parts(place.host, **asked)
    profiles = config.profiles if config else None
    built_in = Csms(
        place.host,
        place.port,
        history=HISTORY,
        state_folder=folder,
        misbehave=faulty.misbehave,
        at_door=faulty.at_door,
        profiles=profiles,
        **parts,
    )
    renewals = Renewals(built_in, timedelta(days=renew_days)) if asked["authority"] and renew_days else None
    loops.run(_run_csms(built_in, config, renewals, control, asked["files"]))


commands: tuple[click.Command, ...] = (station, csms, *cli_control.commands)


def _station_config(ctx: click.Context, number: str | None, file: Path | None) -> StationConfig:
    if file and not number:
        document = _document(file)
        if not (isinstance(document, dict) and "certificate" in document):
            return config_from_json(document, str(file))
    return twin_of(_facts(ctx, number, file))


def _facts(ctx: click.Context, number: str | None, file: Path | None) -> CertificateFacts:
    if (number is None) == (file is None):
        raise CannotBegin("which product? give either --certificate NUMBER or --config FILE")
    if file:
        return read_facts(file)
    settings = ctx.find_object(Settings) or Settings.from_environment()
    db.require_current(settings)
    with db.session_factory(settings)() as session:
        facts = queries.facts(session, str(number).strip().upper())
    if facts is None:
        raise CannotBegin(f"certificate {number}: the registry has no document of it; bring it in with `ocpp-registry ingest FILE`")
    return facts


def _document(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as problem:
        raise CannotBegin(f"{file}: cannot be read ({problem.strerror}); name a file with a station's settings") from problem
    except ValueError as problem:
        raise CannotBegin(f"{file}: no JSON in UTF-8; name a file with a station's settings") from problem


async def _run_station(built_in: Station, control: int | None) -> None:
    click.echo(f"{built_in.identity}: {built_in.config.vendor} {built_in.config.model}, {built_in.config.software_version}", err=True)
    _on_signal(built_in.stop)
    async with AsyncExitStack() as stack:
        if control is not None:
            port = await stack.enter_async_context(ControlPort(built_in.controls, control))
            click.echo(f"{built_in.identity}: controls at {port.url}", err=True)
        await built_in.run()


async def _run_csms(built_in: Csms, config: CsmsConfig | None, renewals: Renewals | None, control: int | None, files: Path | None) -> None:
    stopped = asyncio.Event()
    controls = CsmsControls(built_in, files)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(built_in)
        for url in built_in.urls.values():
            click.echo(f"listening on {url}/IDENTITY", err=True)
        if config:
            click.echo(f"{config.vendor} {config.name}, {config.software_version}", err=True)
        stack.push_async_callback(controls.end)
        if control is not None:
            port = await stack.enter_async_context(ControlPort(controls, control))
            click.echo(f"controls at {port.url}", err=True)
        _on_signal(stopped.set)
        renewing = asyncio.create_task(renewals.run()) if renewals else None
        await stopped.wait()
        if renewing:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)


def _on_signal(stop: Callable[[], None]) -> None:
    """Ctrl-C and a supervisor's request to end are no errors: they end the product cleanly."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
