"""Which column of a spreadsheet holds what: headings are compared by their letters and digits, and people may say it themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from registry.certificates.field_words import field_word
from registry.certificates.words import fold
from registry.sentences import KeptSentence
from registry.spreadsheets.roles import role_of
from registry.spreadsheets.sheet import BadSpreadsheet, CellKind, Row, Sheet, letters


@dataclass(frozen=True)
class Columns:
    """`found` gives each field its column, by position from 0; `headings` the heading of each field; `unused` are the other headings."""

    found: Mapping[str, int]
    headings: Mapping[str, str]
    unused: tuple[str, ...]

    def cell(self, row: Row, field: str) -> str:
        """The text of the field in that row; empty where the sheet has no such column."""
        column = self.found.get(field)
        return row.cells[column] if column is not None else ""

    def place(self, row: Row, field: str) -> str:
        """Where that cell is, for a sentence: "row 5, column C (Firmware)"."""
        if field not in self.found:
            return KeptSentence("row %(row)s", row=row.number)
        return KeptSentence("row %(row)s, column %(column)s (%(heading)s)", **self.cell_place(row, field))

    def not_looked_at(self, besides: Collection[str] = ()) -> tuple[KeptSentence, ...]:
        """A note of the columns that hold none of the fields, but those with the headings `besides`; none where there are none."""
        unused = [heading for heading in self.unused if heading not in besides]
        return (KeptSentence("Not looked at: %(unused)s.", unused=", ".join(unused)[:300]),) if unused else ()

    def lost(self, row: Row, field: str) -> KeptSentence | None:
        """Why nothing can be taken of the cell though something stands there, and what to do; None where there is no such thing."""
        kind = row.kind(self.found.get(field, -1))
        if kind is CellKind.ERROR:
            cell = self.cell(row, field)[:40]
            return KeptSentence("the spreadsheet shows the error %(cell)s there: put the value in its place", cell=cell)
        if kind is CellKind.NO_RESULT:
            return KeptSentence(
                "a formula stands there, and its result is not in the file: open the file in a spreadsheet program and save it again, "
                "or put the value in its place"
            )
        return None

    def cell_place(self, row: Row, field: str) -> dict[str, object]:
        """Where that cell is, by the names that sentences have for it. Raises KeyError where there is no such column."""
        return {"row": row.number, "column": letters(self.found[field]), "heading": self.headings[field]}


def map_columns(
    sheet: Sheet,
    aliases: Mapping[str, Sequence[str]],
    name: str,
    chosen: Mapping[str, str] | None = None,
    weak: Mapping[str, Sequence[str]] | None = None,
) -> Columns:
    """The columns of `sheet`. `aliases` are the headings by which each field goes; `chosen` the heading that a person chose for a field.

    `weak` are headings that can mean the field, and count where no column has a better one: a "Type" beside a "Model" is something else.
    The one for the role is none either where no cell below it is a role: "AC" and "DC" are types of products, too.
    A heading that is chosen belongs to nothing else. Raises BadSpreadsheet where two columns claim one field, or a chosen one is not there.
    """
    wanted = {heading_key(heading): field for field, heading in (chosen or {}).items() if heading}
    known = {heading_key(alias): field for field, names in aliases.items() for alias in (field, *names)}
    guessed = {heading_key(alias): field for field, names in (weak or {}).items() for alias in names}
    guessed = {key: field for key, field in guessed.items() if field != "role" or _has_roles(sheet, key)}
    better = {known[key] for key in map(heading_key, sheet.header) if key in known} | set(wanted.values())
    known.update({key: field for key, field in guessed.items() if field not in better and key not in known})
    found: dict[str, int] = {}
    unused = []
    for index, heading in enumerate(sheet.header):
        key = heading_key(heading)
        field = wanted.get(key) or (known.get(key) if known.get(key) not in wanted.values() else None)
        if field is None:
            if heading:
                unused.append(heading)
            continue
        if field in found:
            raise BadSpreadsheet(
                KeptSentence(
                    "%(name)s, row %(row)s: columns %(column)s (%(heading)s) and %(other_column)s (%(other_heading)s) both hold the "
                    "%(field_words)s: remove or rename one",
                    name=name,
                    row=sheet.header_row,
                    column=letters(found[field]),
                    heading=sheet.header[found[field]],
                    other_column=letters(index),
                    other_heading=heading,
                    field_words=field_word(field),
                )
            )
        found[field] = index
    missing = next((heading for field, heading in (chosen or {}).items() if heading and field not in found), None)
    if missing is not None:
        raise BadSpreadsheet(
            KeptSentence(
                "%(name)s, row %(row)s: there is no column %(missing)s: choose another, or give one that heading",
                name=name,
                row=sheet.header_row,
                missing=missing,
            )
        )
    return Columns(found, {field: sheet.header[index] for field, index in found.items()}, tuple(unused))


def _has_roles(sheet: Sheet, key: str) -> bool:
    """Whether any cell below the heading says what kind of product it is of."""
    columns = [index for index, heading in enumerate(sheet.header) if heading_key(heading) == key]
    return any(role_of(row.cells[index]) for index in columns for row in sheet.rows)


def first_claims(sheet: Sheet, aliases: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The heading that goes by each field; where several do, the first. For a choice that is yet to be made."""
    keys = {heading_key(heading): heading for heading in reversed(sheet.header) if heading}
    order = {heading: place for place, heading in reversed(list(enumerate(sheet.header)))}
    found = {field: [keys[key] for name in (field, *names) if (key := heading_key(name)) in keys] for field, names in aliases.items()}
    return {field: min(headings, key=order.__getitem__) for field, headings in found.items() if headings}


def heading_key(heading: str) -> str:
    """A heading by its letters and digits alone, without case and accents."""
    return "".join(letter for letter in fold(heading) if letter.isalnum())
