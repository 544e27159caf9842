"""`ocpp-registry verify`: whether evidence that was handed out is still what was signed."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from registry.db import utc_now
from registry.evidence.bundle import verify as check


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--signer", help="The fingerprint that the key must have, as whoever handed it out publishes it.")
@click.option("--json", "as_json", is_flag=True, help="The result as one JSON document on standard output.")
@click.pass_context
def verify(ctx: click.Context, bundle: Path, signer: str | None, as_json: bool) -> None:
    """Check a signed evidence bundle or snapshot, without any network.

    Exit status: 0 whole and as it was signed, 1 altered, signed by another key, or a snapshot whose successor is due, 2 no bundle.
    """
    found = check(bundle, utc_now())
    problems = list(found.problems)
    if signer is not None and "".join(signer.split()).casefold() != "".join(found.signer.split()):
        problems.append(f"it was signed by {found.signer}, not by {signer}")
    if as_json:
        click.echo(json.dumps(asdict(found) | {"problems": problems, "valid": not problems}, ensure_ascii=False, indent=1))
        ctx.exit(1 if problems or found.is_stale else 0)
    about = ", ".join(f"{name.replace('_', ' ')} {_said(value)}" for name, value in found.about.items() if value)
    click.echo(f"{bundle}: {found.kind}: {about}")
    click.echo(f"made {found.created} by ocpp-registry {found.tool_version}; {len(found.files)} files")
    click.echo(f"signed by the key {found.signer}")
    for problem in problems:
        click.echo(f"NOT VALID: {problem}")
    if not problems:
        owner = "" if signer else "; that the key is theirs, only who handed it out can tell you: compare the fingerprint"
        click.echo(f"valid: every file is as it was signed{owner}")
    if found.is_stale:
        click.echo(f"STALE: the next one was due on {found.about.get('next_update')}: ask whoever handed it out for it")
    ctx.exit(1 if problems or found.is_stale else 0)


def _said(value: object) -> str:
    return f"({', '.join(f'{name} {number}' for name, number in value.items())})" if isinstance(value, dict) else str(value)


commands: tuple[click.Command, ...] = (verify,)
