"""`ocpp-registry snapshot`: the whole public registry in one signed archive."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import click

from registry import db
from registry.errors import CannotBegin
from registry.settings import MOST_DAYS, Settings
from registry.snapshots import shelf
from registry.snapshots.build import build


@click.group()
def snapshot() -> None:
    """The whole public registry in one signed archive, to be taken along and checked offline."""


@snapshot.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--valid-days", type=click.IntRange(1, MOST_DAYS), help="When the next one is promised; 31 unless the settings say otherwise."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@click.pass_context
def create(ctx: click.Context, file: Path | None, valid_days: int | None, as_json: bool) -> None:
    """Build the next snapshot, offer it on the page of snapshots, and, with FILE, put a copy there.

    Exit status: 0 built, 2 it could not be built.
    """
    settings = ctx.find_object(Settings) or Settings.from_environment()
    db.require_current(settings)
    with db.opened(settings) as sessions:
        built = build(settings, sessions, valid=timedelta(days=valid_days) if valid_days else None)
    if file is not None:
        _copy(built.path, file)
    found = shelf.snapshot(settings, built.serial)
    told = {"serial": built.serial, "file": str(file or built.path), "size": built.path.stat().st_size}
    if found is not None:
        told |= {"made": found.made.isoformat(), "next_update": found.next_update.isoformat(), "counts": found.counts}
    click.echo(json.dumps(told, indent=1) if as_json else f"snapshot {built.serial}: {told['file']}, {told['size']:,} bytes")


def _copy(source: Path, target: Path) -> None:
    """Copy beside the place and move in, so that nobody finds half of it."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        os.close(handle)
        shutil.copyfile(source, name)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except OSError as error:
        raise CannotBegin(f"{target} cannot be written ({error.strerror}): name a file in a folder of yours") from error


commands: tuple[click.Command, ...] = (snapshot,)
