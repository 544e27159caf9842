"""What the two matrices of faults against cases have in common: how they are told, kept and judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from rich.console import Console

WIDTH_WITHOUT_TERMINAL = 200


class Judged(Protocol):
    """A matrix that knows what is wrong with it, a line each."""

    def accused(self) -> Iterator[str]:
        """What clean twins are blamed for."""

    def differing(self) -> Iterator[str]:
        """Faults that are found otherwise than the catalogue says."""


Made = TypeVar("Made", bound=Judged)


def failing(outcomes: Mapping[str, str]) -> tuple[str, ...]:
    """The cases that failed."""
    return tuple(sorted(case for case, outcome in outcomes.items() if outcome == "fail"))


def unexercised(usual: Mapping[str, str], outcomes: Mapping[str, str]) -> tuple[str, ...]:
    """The cases that came to another end than a clean twin's, or to none, and did not fail."""
    return tuple(sorted(case for case, outcome in usual.items() if outcomes.get(case) not in {outcome, "fail"}))


def passed_and_others(outcomes: Mapping[str, str]) -> tuple[int, str]:
    """How many cases passed, and what became of those that applied and did not."""
    others = (f"{case}: {outcome}" for case, outcome in sorted(outcomes.items()) if outcome not in {"pass", "not applicable"})
    return sum(outcome == "pass" for outcome in outcomes.values()), ", ".join(others) or "-"


def wrong(matrix: Judged) -> list[str]:
    """All that is not as it should be."""
    return [*matrix.accused(), *matrix.differing()]


def run(
    arguments: Sequence[str],
    make: Callable[[Sequence[str]], Made],
    show: Callable[[Made, Console], None],
    document: Callable[[Made], str],
    kept: Path,
) -> int:
    """Make a matrix of the faults named (else of all), print it, keep it with `--write`; 1 when anything is not as it should be."""
    matrix = make([argument for argument in arguments if not argument.startswith("-")])
    console = Console()
    console = console if console.is_terminal else Console(width=WIDTH_WITHOUT_TERMINAL)
    show(matrix, console)
    for line in wrong(matrix):
        console.print(f"WRONG {line}", style="bold red", markup=False)
    if "--write" in arguments:
        kept.write_text(document(matrix), encoding="utf-8")
    return 1 if wrong(matrix) else 0
