"""From the wish to the wire: an adaptor file, an HTTP API before our own CSMS, and the station that gets the request."""

from __future__ import annotations

import asyncio
import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import unquote

import pytest

from probes.adaptors.base import Ended
from probes.adaptors.loading import load
from probes.adaptors.operations import OPERATIONS, Operation, Reset
from probes.adaptors.spellings import SPELLINGS
from probes.control_client import ControlRefused, ask_product
from probes.control_port import ControlPort
from probes.csms.controls import OPERATION, CsmsControls
from probes.csms.files import FileHouse
from tests.probes.adaptors.api import api, says
from tests.probes.adaptors.samples import FULL
from tests.probes.csms.test_operations import obedient

SECONDS = 10.0
BY_KEBAB = {SPELLINGS["kebab"](action): action for action in OPERATIONS}


@pytest.mark.parametrize("operation", [*FULL, Reset("Gently")], ids=lambda each: each.action)
async def test_by_the_octt_convention(operation: Operation, tmp_path: Path) -> None:
    async with obedient(files=FileHouse(tmp_path)) as (csms, station, _):
        controls = CsmsControls(csms)
        async with ControlPort(controls) as port:
            number = int(port.url.rsplit(":", 1)[1])
            with api() as there:

                def forward(handler: BaseHTTPRequestHandler) -> None:
                    *start, identity, action = there.got[-1].path.strip("/").split("/")
                    assert start == ["api", "octt", "1.6"]
                    wish = {"identity": unquote(identity), "action": BY_KEBAB[action], "payload": there.got[-1].body}
                    try:
                        ask_product(number, OPERATION, wish, "csms")
                    except ControlRefused as problem:
                        says(422, {"error": str(problem)})(handler)
                    else:
                        says(200, {})(handler)

                there.answer = forward
                adaptor = load(f"octt={there.url}", environment={})(None)
                outcome = await adaptor.ask("CP1", operation, SECONDS)
                await adaptor.close()
        if operation.payload().get("type") == "Gently":
            assert outcome.ended is Ended.FAILED
            assert "HTTP 422" in outcome.reason
            assert station.calls == []
        else:
            assert outcome.ended is Ended.ASKED, outcome
            async with asyncio.timeout(SECONDS):
                while not station.calls:
                    await asyncio.sleep(0.005)
            action, payload = station.calls[-1]
            assert action == operation.action
            assert payload == json.loads(json.dumps(operation.payload()))
        await controls.end()
