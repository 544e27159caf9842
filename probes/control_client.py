"""Asks a running station or CSMS over its control port, on this machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any

from probes.control_port import HOST
from registry.errors import CannotBegin

SECONDS = 40.0
"""How long the product may take; a station may wait for its CSMS."""


class ControlRefused(CannotBegin):
    """The product is there, and says why it does not do it."""


def ask_product(port: int, name: str, arguments: Mapping[str, Any], product: str = "station", seconds: float = SECONDS) -> Any:
    """Do what is named, or `state`; gives how it is then. Raises `CannotBegin`, of it `ControlRefused` where it was refused."""
    connection = HTTPConnection(HOST, port, timeout=seconds)
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
        raise ControlRefused(str(answer.get("error", f"the {product} refused")))
    return answer
