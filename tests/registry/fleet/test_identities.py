"""Stations by identities that addresses have to encode: stored, linked to, shown and found like others."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from registry.fleet import intake
from tests.registry.fleet.samples import comma

ODD = ("CP 001", "CP/3", "CP#2", "공용-1", "_x", "CP?4", "100%", "a/b/c", "50%41", "R&D <7>")


@pytest.fixture(autouse=True)
def stocked(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        rows = [(identity, "Holder 1", "Product 1") for identity in ODD]
        intake.keep(session, intake.read_file(session, comma(*rows, header=("id", "vendor", "model")), "fleet.csv"))


def test_each_is_linked_to_from_the_fleet_and_has_a_page(auditor: FlaskClient) -> None:
    found = re.findall(r'<a [^>]*href="(/devices/[^"]+)"[^>]*>([^<]+)</a>', auditor.get("/fleet").text)
    links = {unescape(name).strip(): unescape(link) for link, name in found}
    for identity in ODD:
        shown = auditor.get(links[identity])
        assert shown.status_code == 200
        assert identity in unescape(shown.text)


@pytest.mark.parametrize("identity", ODD)
def test_programs_and_feeds_find_each(auditor: FlaskClient, identity: str) -> None:
    assert auditor.get(f"/api/v1/fleet/devices/{quote(identity)}").get_json()["identity"] == identity
    assert auditor.get(f"/devices/{quote(identity)}.atom").status_code == 200
    assert auditor.get(f"/devices/{quote(identity)}/badge.svg").status_code == 200
