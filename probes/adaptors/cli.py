"""`ocpp-registry adaptor`: which adaptors there are, what they drive, and whether a file of your own is right. All of it offline."""

from __future__ import annotations

import json
from typing import Any

import click

from probes.adaptors.base import Drives
from probes.adaptors.documents import AdaptorFile, Broken, read
from probes.adaptors.loading import path_of, read_file, read_text, ready_made
from probes.adaptors.operations import OPERATIONS

AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document.")


@click.group()
def adaptor() -> None:
    """Ways to have a management system (CSMS) send something during an audit."""


@adaptor.command("list")
@AS_JSON
def list_adaptors(as_json: bool) -> None:
    """List the adaptors that ship, and how many operations each drives."""
    files = {name: read_file(path_of(name)) for name in ready_made()}
    if as_json:
        click.echo(json.dumps([_told(name, file) for name, file in files.items()], indent=1))
        return
    click.echo("prompt      whoever operates the management system is asked, for anything")
    click.echo("builtin     the built-in CSMS of this machine: builtin=PORT, the port of its --control")
    for name, file in files.items():
        counts = [sum(file.capability(action).drives is each for action in OPERATIONS) for each in Drives]
        told = ", ".join(f"{count} {each}" for count, each in zip(counts, Drives, strict=True))
        click.echo(f"{name:11} {file.name} at {file.base_url or 'the address that you give'}: {told}")


@adaptor.command()
@click.argument("name")
@AS_JSON
def show(name: str, as_json: bool) -> None:
    """Show what the adaptor NAME (or a file) drives, on which condition, and what it needs of the environment."""
    file = read_file(path_of(name))
    if as_json:
        click.echo(json.dumps(_told(name, file), indent=1))
        return
    click.echo(f"{file.name} at {file.base_url or 'the address that you give'}")
    click.echo(
        f"environment: {', '.join(file.mentioned()) or 'nothing'}; without {', '.join(file.environment()) or 'any of it'} it does not begin"
        if file.mentioned()
        else "environment: nothing"
    )
    width = max(len(action) for action in OPERATIONS)
    for action in OPERATIONS:
        capability = file.capability(action)
        reason = f": {capability.reason}" if capability.reason else ""
        click.echo(f"{action:{width}}  {capability.drives}{reason}")


@adaptor.command()
@click.argument("file")
@AS_JSON
@click.pass_context
def check(ctx: click.Context, file: str, as_json: bool) -> None:
    """Check an adaptor FILE (or one that ships, by name) without network and without credentials; exits with 1 when it is wrong."""
    path = path_of(file)
    try:
        found, problems = read(read_text(path)), []
    except Broken as broken:
        found, problems = None, broken.problems
    if as_json:
        told = [{"place": each.place, "message": each.message} for each in problems]
        click.echo(json.dumps({"file": str(path), "problems": told, "adaptor": _told(file, found) if found else None}, indent=1))
    else:
        for each in problems:
            click.echo(each.line(file))
        if found:
            driven = sum(found.capability(action).drives is not Drives.NO for action in OPERATIONS)
            needed = f"; it needs {', '.join(found.environment())} in the environment" if found.environment() else ""
            click.echo(f"{file}: right; {found.name} drives {driven} of {len(OPERATIONS)} operations{needed}")
    if problems:
        ctx.exit(1)


def _told(name: str, file: AdaptorFile) -> dict[str, Any]:
    capabilities = {action: file.capability(action) for action in OPERATIONS}
    return {
        "adaptor": name,
        "name": file.name,
        "base_url": file.base_url,
        "environment": {"needed": file.environment(), "mentioned": file.mentioned()},
        "actions": {action: {"drives": each.drives, "reason": each.reason} for action, each in capabilities.items()},
    }


commands: tuple[click.Command, ...] = (adaptor,)
