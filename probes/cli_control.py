"""`ocpp-registry control` and `operate`: do something to a station, or have a CSMS do something, that runs with `--control PORT`."""

from __future__ import annotations

import json
from typing import Any

import click

from probes.control_client import ask_product
from probes.csms.controls import ERRANDS, OPERATION
from probes.csms.files import SCHEMES
from probes.station.controls import CONTROLS
from registry.errors import CannotBegin


@click.command()
@click.argument("port", type=click.IntRange(1, 65535))
@click.argument("name", type=click.Choice(("state", *CONTROLS)), metavar="CONTROL")
@click.option("--connector", type=click.IntRange(1), help="The connector, 1 if not given.")
@click.option("--tag", "id_tag", help="The tag to present.")
@click.option("--times", type=click.IntRange(0), help="How many resets fail.")
@click.option("--error", help="The errorCode of a fault, as ConnectorLockFailure.")
def control(port: int, name: str, connector: int | None, id_tag: str | None, times: int | None, error: str | None) -> None:
    """Do something to a running station: plug, unplug, tag, fault, power-cut, network-cut, door-open, ...; prints how it is then."""
    given = {"connector": connector, "id_tag": id_tag, "times": times, "error": error}
    arguments = {option: value for option, value in given.items() if value is not None}
    click.echo(json.dumps(ask_product(port, name, arguments), indent=1))


@click.command()
@click.argument("port", type=click.IntRange(1, 65535))
@click.argument("name", type=click.Choice(("state", *ERRANDS, OPERATION)), metavar="ERRAND")
@click.option("--station", "identity", help="The identity of the station.")
@click.option("--kind", type=click.Choice(("SecurityLog", "DiagnosticsLog")), help="Which log to fetch.")
@click.option("--file", help="The firmware to install: a file in the folder of --files.")
@click.option("--scheme", type=click.Choice(SCHEMES), help="How files go: http if not given.")
@click.option("--action", help="For the errand operation: which one of OCPP, as ReserveNow.")
@click.option("--payload", help="For the errand operation: what it is to carry, in JSON; what is left out the CSMS chooses.")
def operate(port: int, name: str, identity: str | None, action: str | None, payload: str | None, **others: str | None) -> None:
    """Have a running CSMS do something: fetch-log, fetch-diagnostics, install-firmware, renew-certificate, or send an operation.

    Prints how things are then; `state` prints that alone, with what has come of the errands.
    """
    carried = _payload(payload) if name == OPERATION or payload is not None else None
    given: dict[str, Any] = {"identity": identity, "action": action, "payload": carried, **others}
    arguments = {option: value for option, value in given.items() if value is not None}
    click.echo(json.dumps(ask_product(port, name, arguments, "csms"), indent=1))


def _payload(text: str | None) -> dict[str, Any]:
    try:
        payload = json.loads(text or "{}")
    except ValueError as problem:
        raise CannotBegin(f'--payload: no JSON ({problem}); write it as \'{{"type": "Soft"}}\'') from problem
    if not isinstance(payload, dict):
        raise CannotBegin("--payload: what a request carries is a JSON object; write {} for an empty one")
    return payload


commands: tuple[click.Command, ...] = (control, operate)
