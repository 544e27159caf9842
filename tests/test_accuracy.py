"""A sample of the corpus, read as `make accuracy` reads all of it: nothing wrong, and nearly everything read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from registry.certificates.facts import CertificateFacts
from tests.accuracy import Measure, failures
from tests.corpus.corpus import Document
from tests.ingest.comparing import Outcome

ROOT = Path(__file__).parents[1]


def test_a_sample_of_every_layout_is_read_right() -> None:
    done = subprocess.run([sys.executable, "-m", "tests.accuracy", "--quick"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def _measure(right: int, unread: int, *wrong: str) -> Measure:
    document = Document("made up", "none", "nobody", "text layer", Path("none"), CertificateFacts(), "")
    fields = (("number", Outcome.RIGHT),) * right + (("number", Outcome.UNREAD),) * unread
    return Measure(document, fields, wrong, ())


def test_one_wrong_value_is_a_failure() -> None:
    assert failures([_measure(1000, 0, "made up: number is wrong")]) == ["made up: number is wrong"]


def test_more_unread_than_half_a_percent_of_a_text_layer_is_a_failure() -> None:
    assert not failures([_measure(995, 5)])
    assert failures([_measure(994, 6)])
