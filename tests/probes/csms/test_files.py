"""The file house of a CSMS: how it is reached, in which ways a file may be sent, and what is left of it."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from probes.csms.csms import Csms
from probes.csms.files import FileHouse, Place
from probes.station.transfers import upload
from registry.errors import CannotBegin

BOUND = 60.0


def sent(place: Place, verb: str, name: str) -> int:
    """The status with which a file is taken."""
    url = urlsplit(place.location)
    shown = b64encode(f"{url.username}:{url.password}".encode()).decode()
    connection = HTTPConnection(url.hostname or "", url.port, timeout=BOUND)
    try:
        connection.request(verb, url.path + name, body=b"log", headers={"Authorization": f"Basic {shown}"})
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("verb", "name", "expected"), [("PUT", "log.txt", "log.txt"), ("POST", "log.txt", "log.txt"), ("POST", "", "upload")]
)
async def test_a_file_may_be_sent_in_either_way(verb: str, name: str, expected: str, tmp_path: Path) -> None:
    async with Csms() as csms:
        csms.serve_files(tmp_path, "127.0.0.1")
        assert csms.files is not None
        place = csms.files.inbox("CP1")
        assert await asyncio.to_thread(sent, place, verb, name) == 201
        arrived = await csms.files.arrived(place, BOUND)
        assert arrived is not None
        assert (arrived.name, arrived.read_bytes()) == (expected, b"log")


async def test_what_is_discarded_is_gone_and_nothing_more_is_taken(tmp_path: Path) -> None:
    async with Csms() as csms:
        csms.serve_files(tmp_path, "127.0.0.1")
        assert csms.files is not None
        place = csms.files.inbox("CP1")
        await upload(place.location, "log.txt", b"log")
        assert await csms.files.arrived(place, BOUND) is not None
        csms.files.discard(place)
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
        assert await asyncio.to_thread(sent, place, "PUT", "log.txt") == 401


@pytest.mark.parametrize("scheme", ["http", "ftp"])
def test_a_station_is_told_the_name_by_which_it_reaches_us(scheme: str, tmp_path: Path) -> None:
    house = FileHouse(tmp_path)
    try:
        for host, shown in (("csms.example", "csms.example"), ("2001:db8::1", "2001:db8::1"), (None, "127.0.0.1")):
            assert urlsplit(house.inbox("CP1", scheme, host).location).hostname == shown
            assert urlsplit(house.offer("x.bin", b"x", scheme, host).location).hostname == shown
        assert house.schemes == ("http", "ftp")
    finally:
        house.stop()


async def test_files_on_an_address_that_is_not_ours(tmp_path: Path) -> None:
    async with Csms() as csms:
        with pytest.raises(CannotBegin, match="no file server can listen there"):
            csms.serve_files(tmp_path, "203.0.113.1")
