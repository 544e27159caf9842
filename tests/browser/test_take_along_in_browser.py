"""From a list, a certificate and the snapshots to the files in hand, with and without JavaScript, before axe."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from app import main
from registry.fleet import intake
from registry.snapshots.build import build
from tests.browser.asking import good, taken, unfold
from tests.browser.conftest import DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK, Look, Open, keep_screenshot
from tests.browser.serving import Served
from tests.registry import samples
from tests.registry.fleet.samples import ALL, comma


@pytest.fixture(scope="module", autouse=True)
def stocked(served: Served) -> None:
    """A snapshot, and a fleet of one file."""
    build(served.settings, served.sessions)
    with served.sessions.begin() as session:
        intake.keep(session, intake.read_file(session, comma(*ALL), "fleet.csv"))


@pytest.mark.parametrize("script", [True, False])
def test_a_search_is_taken_along_whole(visit: Open, tmp_path: Path, script: bool) -> None:
    page = visit("/?role=CSMS", script=script)
    rows = openpyxl.load_workbook(taken(page, "XLSX", tmp_path)).active
    assert rows is not None
    assert rows.max_row > 200


def test_the_evidence_of_a_certificate_and_a_snapshot_can_be_checked(visit: Open, tmp_path: Path) -> None:
    archive = taken(visit(f"/certificates/{samples.EXAMPLE}"), "Signed archive", tmp_path)
    page = visit("/snapshots")
    snapshot = taken(page, "Snapshot 1", tmp_path)
    keep_screenshot(page, "snapshots")
    for path in (archive, snapshot):
        done = CliRunner().invoke(main, ["verify", str(path)])
        assert (done.exit_code, "valid: every file" in done.output) == (0, True), done.output


@pytest.mark.parametrize("look", [DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK], ids=lambda look: look.name)
@pytest.mark.parametrize("path", ["/snapshots", "/holders", "/fleet/imports", f"/certificates/{samples.EXAMPLE}", "/fleet?answer=covered"])
def test_axe_finds_nothing_and_nothing_sticks_out(visit: Open, look: Look, path: str) -> None:
    page = visit(path, look)
    unfold(page)
    good(page)
