"""The controls of a station: from Python, over the local HTTP port, from the command line."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from click.testing import CliRunner

from probes.cli_control import control
from probes.control_port import ControlPort
from probes.station.controls import CONTROLS
from registry.errors import CannotBegin
from tests.probes.station.test_station import BOUND, Pair, pair

JSON = "Content-Type: application/json\r\n"


async def send(url: str, request: str) -> tuple[int, dict[str, Any]]:
    """One raw request; the status and the JSON that came back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rsplit(":", 1)[1]))
    writer.write(request.encode())
    raw = await asyncio.wait_for(reader.read(), BOUND)
    writer.close()
    head, _, body = raw.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def post(name: str, arguments: str = "", headers: str = JSON, host: str = "127.0.0.1:1") -> str:
    return f"POST /{name} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {len(arguments)}\r\n\r\n{arguments}"


async def test_a_whole_session_over_the_port() -> None:
    async with pair() as both, ControlPort(both.station.controls) as port:
        assert (await send(port.url, post("plug", '{"connector": 2}')))[1]["connectors"]["2"]["status"] == "Preparing"
        await send(port.url, post("tag", '{"connector": 2, "id_tag": "TAG1"}'))
        await both.saw("StartTransaction", connectorId=2)
        await both.saw("StatusNotification", connectorId=2, status="Charging")
        await send(port.url, post("fault", '{"connector": 2, "error": "GroundFailure"}'))
        await both.saw("StatusNotification", connectorId=2, status="Faulted", errorCode="GroundFailure")
        await both.saw("StopTransaction", reason="Other")
        assert (await send(port.url, post("repair", '{"connector": 2}')))[1]["connectors"]["2"]["status"] == "Finishing"
        status, state = await send(port.url, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (status, state["identity"], state["online"], "TAG1" in json.dumps(state)) == (200, "CP1", True, False)
        await send(port.url, post("unplug", '{"connector": 2}'))
        await both.saw("StatusNotification", connectorId=2, status="Available")


async def test_power_network_door_and_lock() -> None:
    async with pair() as both, ControlPort(both.station.controls) as port:
        await send(port.url, post("door-open"))
        await both.saw("StatusNotification", connectorId=0, status="Faulted", info="Door open")
        await send(port.url, post("door-close"))
        await send(port.url, post("jam"))
        assert await both.status("UnlockConnector", {"connectorId": 1}) == "UnlockFailed"
        mark = both.link.transcript.seq
        assert (await send(port.url, post("power-cut")))[1]["power"] is False
        await asyncio.wait_for(both.link.closed.wait(), BOUND)
        await send(port.url, post("power-on"))
        await both.saw("BootNotification", after=mark)
        later = await both.csms.station("CP1", BOUND, after=both.link)
        await send(port.url, post("network-cut"))
        await asyncio.wait_for(later.closed.wait(), BOUND)
        await send(port.url, post("network-on"))
        await both.csms.station("CP1", BOUND, after=later)


@pytest.mark.parametrize(
    ("request_", "status", "said"),
    [
        (post("plug", '{"connector": 9}'), 422, "there is no connector 9; the station has 1 to 2"),
        (post("explode"), 422, "'explode': there is no such control; known are " + ", ".join(CONTROLS)),
        (post("plug", '{"connector": "1"}'), 422, "plug: 'connector' does not fit; it takes connector"),
        (post("plug", '{"colour": 1}'), 422, "plug: 'colour' does not fit; it takes connector"),
        (post("power-cut", '{"connector": 1}'), 422, "power-cut: 'connector' does not fit; it takes nothing"),
        (post("tag"), 422, "tag: which one? give id_tag"),
        (post("tag", json.dumps({"id_tag": "x" * 21})), 422, "a tag has 1 to 20 characters; give another one"),
        (post("fault", '{"error": "NoError"}'), 422, "'NoError' is no error of a connector; known are "),
        (post("plug", "[]"), 400, "the body is a JSON object"),
        (post("plug", "{"), 400, "the body is a JSON object"),
        (post("plug", headers="Content-Type: text/plain\r\n"), 415, "the body is application/json"),
        (post("plug", headers=JSON + "Origin: http://evil.example\r\n"), 403, "not for pages in a browser"),
        (post("plug", host="evil.example"), 403, "not for pages in a browser"),
        ("GET /plug HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 405, "GET / tells how things are"),
        ("nonsense\r\n\r\n", 400, "no request of HTTP/1.1"),
        ("POST /plug HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999\r\n\r\n", 413, "a body has at most"),
        ("GET / HTTP/1.1\r\nX: " + "y" * 9000 + "\r\n\r\n", 431, "a request's head has at most"),
    ],
)
async def test_what_is_refused(request_: str, status: int, said: str) -> None:
    async with pair() as both, ControlPort(both.station.controls) as port:
        got, answer = await send(port.url, request_)
        assert got == status
        assert said in answer["error"]
        assert not both.station.connectors[1].plugged


async def test_it_listens_on_this_machine_alone_and_not_twice() -> None:
    async with pair() as both, ControlPort(both.station.controls) as port:
        assert port.url.startswith("http://127.0.0.1:")
        with pytest.raises(CannotBegin, match="no controls there"):
            await ControlPort(both.station.controls, int(port.url.rsplit(":", 1)[1])).__aenter__()


async def on_the_command_line(both: Pair, *arguments: str) -> Any:
    async with ControlPort(both.station.controls) as port:
        number = port.url.rsplit(":", 1)[1]
        return await asyncio.to_thread(CliRunner().invoke, control, [number, *arguments])


async def test_the_command() -> None:
    async with pair() as both:
        assert json.loads((await on_the_command_line(both, "plug", "--connector", "2")).output)["connectors"]["2"]["plugged"] is True
        assert json.loads((await on_the_command_line(both, "state")).output)["identity"] == "CP1"
        refused = await on_the_command_line(both, "tag")
        assert str(refused.exception) == "tag: which one? give id_tag"
    assert "no controls of a station there" in str(CliRunner().invoke(control, ["9", "state"]).exception)
