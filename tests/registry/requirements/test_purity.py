"""The evaluation of requirements knows no web, no database, no sockets and no clock: data in, data out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FORBIDDEN = ("flask", "sqlalchemy", "socket", "asyncio", "requests", "websockets")


@pytest.mark.parametrize(
    "module",
    ["model", "reading", "truth", "offers", "coverage", "cases", "leaves", "declared", "values", "attested", "evaluation", "vocabulary"],
)
def test_the_core_imports_nothing_that_acts(module: str) -> None:
    program = f"import sys, registry.requirements.{module}\nprint(*(name for name in {FORBIDDEN!r} if name in sys.modules))"
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout.strip() == ""
