"""`ocpp-registry control` and `operate`: do something to a station, or have a CSMS do something, that runs with `--control PORT`."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from typing import Any

import click

from probes.control_port import HOST
from probes.csms.controls import ERRANDS
from probes.csms.files import SCHEMES
from probes.station.controls import CONTROLS
from registry.errors import CannotBegin

SECONDS = 40.0
"""How long the station may take; it may wait for its CSMS."""


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
    click.echo(json.dumps(_ask(port, name, arguments), indent=1))


def _ask(port: int, name: str, arguments: dict[str, Any], product: str = "station") -> Any:
    connection = HTTPConnection(HOST, port, timeout=SECONDS)
    try:
        if name == "state":
            connection.request("GET", "/")
        else:
            connection.request("POST", f"/{name}", body=json.dumps(arguments), headers={"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = json.loads(response.read())
    except (OSError, HTTPException, ValueError) as problem:
        raise CannotBegin(
            f"{HOST}:{port}: no controls of a {product} there; start it with `ocpp-registry {product} --control {port}`"
        ) from problem
    finally:
        connection.close()
    if response.status != 200:
        raise CannotBegin(str(answer.get("error", f"the {product} refused")))
    return answer


@click.command()
@click.argument("port", type=click.IntRange(1, 65535))
@click.argument("name", type=click.Choice(("state", *ERRANDS)), metavar="ERRAND")
@click.option("--station", "identity", help="The identity of the station.")
@click.option("--kind", type=click.Choice(("SecurityLog", "DiagnosticsLog")), help="Which log to fetch.")
@click.option("--file", help="The firmware to install: a file in the folder of --files.")
@click.option("--scheme", type=click.Choice(SCHEMES), help="How files go: http if not given.")
def operate(port: int, name: str, identity: str | None, kind: str | None, file: str | None, scheme: str | None) -> None:
    """Have a running CSMS do something with a station: fetch-log, fetch-diagnostics, install-firmware, renew-certificate.

    Prints how things are then; `state` prints that alone, with what has come of the errands.
    """
    given = {"identity": identity, "kind": kind, "file": file, "scheme": scheme}
    arguments = {option: value for option, value in given.items() if value is not None}
    click.echo(json.dumps(_ask(port, name, arguments, "csms"), indent=1))


commands: tuple[click.Command, ...] = (control, operate)
