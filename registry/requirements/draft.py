"""A file of offers before it is judged: which column was taken for what, and what of its rows cannot be taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from registry.requirements.table import ALIASES, Offers, offers_of, split_choice
from registry.spreadsheets.columns import first_claims
from registry.spreadsheets.read import read_sheet
from registry.spreadsheets.sheet import BadSpreadsheet, Sheet

ROWS_SHOWN = 5
PROBLEMS_SHOWN = 50


@dataclass(frozen=True)
class Draft:
    """A file that was read. `problem` says why its rows cannot be looked at, and then there are no `offers`."""

    name: str
    sha256: str
    sheet: Sheet
    chosen: Mapping[str, str]
    offers: Offers | None
    problem: BadSpreadsheet | None

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings that can be chosen, each once."""
        return tuple(heading for heading in dict.fromkeys(self.sheet.header) if heading)

    @property
    def found(self) -> Mapping[str, str]:
        """The heading of each field; where two columns claim one, the first of them."""
        if self.offers is not None:
            return self.offers.headings
        kept, left_out = split_choice(self.chosen)
        return {field: one for field, one in first_claims(self.sheet, ALIASES).items() if field not in left_out} | dict(kept)

    @property
    def unused(self) -> tuple[str, ...]:
        """The headings that nothing is taken from."""
        taken = set(self.found.values())
        return tuple(heading for heading in self.headings if heading not in taken)

    @property
    def notes(self) -> Sequence[str]:
        """How the file was read, and what its cells were taken for."""
        return self.offers.remarks if self.offers is not None else self.sheet.notes

    @property
    def problems(self) -> Sequence[str]:
        """What of its rows cannot be taken, each with row, column and remedy."""
        return [problem for offer in self.offers.offers for problem in offer.problems] if self.offers is not None else ()


def read_draft(data: bytes, name: str, sha256: str, chosen: Mapping[str, str], most: int) -> Draft:
    """Read a file and judge nothing. Raises BadSpreadsheet for what is no spreadsheet."""
    sheet = read_sheet(data, name, most)
    try:
        return Draft(name, sha256, sheet, chosen, offers_of(sheet, name, chosen), None)
    except BadSpreadsheet as problem:
        return Draft(name, sha256, sheet, chosen, None, problem)
