"""`ocpp-registry control`: do something to a station that runs with `station --control PORT`."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from typing import Any

import click

from probes.station.control_port import HOST
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


def _ask(port: int, name: str, arguments: dict[str, Any]) -> Any:
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
            f"{HOST}:{port}: no station's controls there; start it with `ocpp-registry station --control {port}`"
        ) from problem
    finally:
        connection.close()
    if response.status != 200:
        raise CannotBegin(str(answer.get("error", "the station refused")))
    return answer


commands: tuple[click.Command, ...] = (control,)
