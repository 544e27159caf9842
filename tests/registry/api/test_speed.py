"""How many SQL statements a request takes: the same whether a list has three rows or sixty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import update

from registry.accounts.roles import Role
from registry.api.problems import PREFIX
from registry.certificates.catalogue import CatalogueEntry
from registry.fleet import intake
from registry.fleet.matching import match_fleet
from registry.listing.store import import_rows
from tests.registry import samples
from tests.registry.api.samples import REVISED, Installation
from tests.registry.making import row
from tests.registry.sent import sent_to

STATEMENTS = {
    "/": 3,
    "/certificates": 5,
    f"/certificates/{REVISED}": 16,
    f"/certificates/{REVISED}/differences?from=&to=update-2025-12-12": 12,
    "/products": 2,
    "/holders": 2,
    "/listing": 2,
    "/listing/rows": 3,
    "/requirements": 1,
    "/fleet": 5,
    "/fleet/devices": 8,
    "/fleet/places": 1,
    "/audits": 2,
    "/campaigns": 1,
    "/campaigns/sites": 1,
    "/review": 2,
    "/events": 2,
}
"""At most so many for each list, whatever it has."""

TOKEN_STATEMENTS = 1
"""What a token costs besides, once its use was noted."""


@contextmanager
def counted(installation: Installation) -> Iterator[list[str]]:
    """The statements of a block; beginning and ending a transaction are none."""
    with sent_to(installation.sessions.kw["bind"]) as statements:
        yield statements


def number_of(installation: Installation, path: str, headers: dict[str, str] | None = None) -> int:
    client = installation.app.test_client()
    assert client.get(f"{PREFIX}{path}", headers=headers).status_code == 200
    with installation.sessions.begin() as session:
        # What is kept of the catalogue holds until anything in it is written.
        session.execute(update(CatalogueEntry).values(listed=CatalogueEntry.listed))
    with counted(installation) as statements:
        assert client.get(f"{PREFIX}{path}", headers=headers).status_code == 200
    return len([one for one in statements if not one.startswith(("BEGIN", "PRAGMA"))])


def test_lists_take_no_statement_for_a_row(fresh: Installation) -> None:
    # Asked with a token: what visitors are told may be kept, and then takes no statement at all.
    reader = fresh.headers[Role.READER]
    few = {path: number_of(fresh, path, reader) - TOKEN_STATEMENTS for path in STATEMENTS}
    assert {path: number for path, number in few.items() if number > STATEMENTS[path]} == {}
    assert few["/certificates"] > 1
    grow(fresh)
    long = {path: f"{path}{'&' if '?' in path else '?'}size=100" if path in SIZED else path for path in STATEMENTS}
    assert {path: number_of(fresh, long[path], reader) - TOKEN_STATEMENTS for path in STATEMENTS} == few


SIZED = ("/certificates", "/fleet/devices", "/audits", "/events", "/listing/rows")


def grow(installation: Installation) -> None:
    """Sixty more of everything that is listed."""
    lines = "".join(f"CP-9{place:03},Somebody,Model {place},1.0\n" for place in range(60))
    with installation.sessions.begin() as session:
        import_rows(session, "longer.csv", "c" * 64, [row(place) for place in range(1, 66)])
        intake.keep(session, intake.read_file(session, f"identity,vendor,model,firmware\n{lines}".encode(), "fleet.csv"))
    match_fleet(installation.sessions)
    for place in range(20):
        samples.audited(installation.sessions, installation.settings, station=f"CP-9{place:03}")


@pytest.mark.parametrize("path", ["/certificates", "/openapi.json"])
def test_what_is_known_is_not_sent_again(installed: Installation, path: str) -> None:
    client = installed.app.test_client()
    tag = client.get(f"{PREFIX}{path}").headers["ETag"]
    assert client.get(f"{PREFIX}{path}", headers={"If-None-Match": tag}).data == b""


@pytest.mark.parametrize("path", ["/certificates?sort=number", f"/certificates/{REVISED}"])
def test_what_was_told_before_takes_next_to_nothing_and_is_never_old(fresh: Installation, path: str) -> None:
    client = fresh.app.test_client()
    first = client.get(f"{PREFIX}{path}")
    with counted(fresh) as statements:
        again = client.get(f"{PREFIX}{path}")
        unchanged = client.get(f"{PREFIX}{path}", headers={"If-None-Match": first.headers["ETag"]})
    assert [one for one in statements if one.startswith("SELECT") and "catalogue" in one] == []
    assert (again.data, again.headers["ETag"]) == (first.data, first.headers["ETag"])
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert client.get(f"{PREFIX}{path}", headers={"Authorization": "Bearer of-nobody"}).status_code == 401
    samples.audited(fresh.sessions, fresh.settings, certificate=REVISED)
    with fresh.sessions.begin() as session:
        import_rows(session, "longer.csv", "c" * 64, [row(place) for place in range(1, 66)])
    assert client.get(f"{PREFIX}{path}").headers["ETag"] != first.headers["ETag"]
