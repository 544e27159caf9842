"""Offers read from a spreadsheet: columns by whatever heading, and of each cell that cannot be taken a sentence with its row and column."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from registry.certificates.numbers import named_in
from registry.requirements import vocabulary
from registry.requirements.offers import Evidence, Offer
from registry.sentences import Joined, KeptSentence, KeptWord
from registry.spreadsheets.columns import Columns, map_columns
from registry.spreadsheets.days import NoDay, read_installed
from registry.spreadsheets.headings import headings
from registry.spreadsheets.nothing import Holds, says_nothing, silences
from registry.spreadsheets.read import read_sheet
from registry.spreadsheets.roles import role_of
from registry.spreadsheets.sheet import MOST_ROWS, BadSpreadsheet, CellKind, Row, Sheet

ALIASES, WEAK = headings(
    {"holder": "vendor"} | {name: name for name in ("model", "software_version", "certificates", "role", "evidence", "installed")}
)
"""The headings by which each field goes, and those that can mean it and count where the sheet has no better one."""

ANYTHING_BUT = "-"
"""Chosen for a field, in place of a heading: no column of the file holds it."""

_HOLD = dict.fromkeys(ALIASES, Holds.NAME) | {
    "software_version": Holds.VERSION,
    "certificates": Holds.EVIDENCE,
    "evidence": Holds.EVIDENCE,
}
_KIND_WORDS = {"number": KeptWord("number"), "date": KeptWord("date"), "truth": KeptWord("truth value")}
_PARTS = re.compile(r"\s*[;/\n]\s*")
_GLUE = re.compile(r"[():;]|\b(?:for|with|of|ocpp)\b", re.IGNORECASE)
_PROTOCOL = re.compile(r"(?:ocpp\s*)?v?(\d(?:\.\d){1,2})(?:[\s-]*(json|soap|j)\b|-?(s)\b)?", re.IGNORECASE)
"""With its transport: "1.6J" is OCPP 1.6 over JSON, "1.6S" over SOAP."""

_TRANSPORTS = {"j": "JSON", "json": "JSON", "s": "SOAP", "soap": "SOAP"}


@dataclass(frozen=True)
class Offers:
    """The offers of a spreadsheet. `columns` tell which column was taken for what, `remarks` how the file and its cells were read.

    `headings` gives each field that has a column its heading.
    """

    offers: tuple[Offer, ...]
    columns: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    headings: Mapping[str, str] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[str, ...]:
        """All that whoever reads the answers has to know of how the offers were read."""
        return (*self.columns, *self.remarks)


def read_offers(data: bytes, name: str, chosen: Mapping[str, str] | None = None, most: int = MOST_ROWS) -> Offers:
    """The offers in the file. Raises BadSpreadsheet where there is nothing to go by: neither a model nor a certificate number.

    `chosen` is the heading that a person chose for a field, or `ANYTHING_BUT`.
    """
    return offers_of(read_sheet(data, name, most), name, chosen or {})


def offers_of(sheet: Sheet, name: str, chosen: Mapping[str, str]) -> Offers:
    """The offers in a sheet that was read. Raises BadSpreadsheet as `read_offers`."""
    kept, left_out = split_choice(chosen)
    _refuse_twice(kept, name, sheet)
    strong, weak = ({one: names for one, names in table.items() if one not in left_out} for table in (ALIASES, WEAK))
    columns = map_columns(sheet, strong, name, kept, weak)
    if not {"model", "certificates"} & set(columns.found):
        raise BadSpreadsheet(_no_product(sheet, name))
    if not sheet.rows:
        raise BadSpreadsheet(
            KeptSentence("%(name)s: there is no row below the headings in row %(row)s: add the offers", name=name, row=sheet.header_row)
        )
    offers = tuple(_offer(row, columns) for row in sheet.rows)
    return Offers(offers, tuple(_mapping(columns)), (*sheet.notes, *silences(sheet.rows, columns, _HOLD)), columns.headings)


def _no_product(sheet: Sheet, name: str) -> KeptSentence:
    found = ", ".join(heading for heading in sheet.header if heading)[:200]
    if sheet.others:
        return KeptSentence(
            "%(name)s, sheet %(title)s, row %(row)s: there is no column for the model or the certificate number (found: %(found)s), and no "
            "other sheet was read (%(others)s): put the sheet with the offers first, or give it the headings Vendor, Model, "
            "Software version, Certificate number",
            name=name,
            title=sheet.title,
            row=sheet.header_row,
            found=found,
            others=", ".join(sheet.others)[:200],
        )
    return KeptSentence(
        "%(name)s, row %(row)s: there is no column for the model or the certificate number (found: %(found)s): give them the "
        "headings Vendor, Model, Software version, Certificate number",
        name=name,
        row=sheet.header_row,
        found=found,
    )


def split_choice(chosen: Mapping[str, str]) -> tuple[Mapping[str, str], frozenset[str]]:
    """The headings that were chosen by field, and the fields for which no column was."""
    kept = {one: heading for one, heading in chosen.items() if heading != ANYTHING_BUT}
    return kept, frozenset(chosen.keys() - kept.keys())


def _refuse_twice(kept: Mapping[str, str], name: str, sheet: Sheet) -> None:
    fields: dict[str, str] = {}
    for one, heading in kept.items():
        if heading in fields:
            raise BadSpreadsheet(
                KeptSentence(
                    "%(name)s, row %(row)s: the column %(heading)s is chosen for the %(field_words)s and for the %(other_words)s: choose "
                    "another for one of them, or none",
                    name=name,
                    row=sheet.header_row,
                    heading=heading,
                    field_words=_WORDS[fields[heading]],
                    other_words=_WORDS[one],
                )
            )
        fields[heading] = one


def _mapping(columns: Columns) -> list[str]:
    taken = [
        KeptWord("%(heading)s for the %(field_words)s", heading=one, field_words=_WORDS[field]) for field, one in columns.headings.items()
    ]
    notes: list[str] = [KeptSentence("Columns: %(taken_words)s.", taken_words=Joined(", ", taken))]
    notes += columns.not_looked_at()
    if "software_version" not in columns.found:
        notes.append(KeptSentence("There is no column for the software version, and a certificate covers one software version only."))
    return notes


_WORDS = {
    "holder": KeptWord("vendor"),
    "model": KeptWord("model"),
    "software_version": KeptWord("software version"),
    "certificates": KeptWord("certificate numbers"),
    "role": KeptWord("role"),
    "evidence": KeptWord("evidence"),
    "installed": KeptWord("installation date"),
}


def _offer(row: Row, columns: Columns) -> Offer:
    reader = _Reader(row, columns)
    days, is_day_unclear = reader.days()
    evidence, is_evidence_unclear = reader.evidence()
    return Offer(
        row=row.number,
        holder=reader.text("holder"),
        model=reader.exact("model", KeptWord("a model")),
        software_version=reader.exact("software_version", KeptWord("a version")),
        role=reader.role(),
        certificates=reader.numbers(),
        evidence=evidence,
        installed=days[0] if days else None,
        other_days=days[1:],
        is_day_unclear=is_day_unclear,
        is_evidence_unclear=is_evidence_unclear,
        problems=tuple(reader.problems),
    )


class _Reader:
    """Takes the cells of one row, and gathers what is wrong with them."""

    def __init__(self, row: Row, columns: Columns) -> None:
        self.row, self.columns = row, columns
        self.problems: list[str] = []

    def text(self, field: str) -> str | None:
        lost = self.columns.lost(self.row, field)
        if lost is not None:
            self.wrong(_at_place(lost, self.place(field)))
            return None
        cell = self.columns.cell(self.row, field).strip()
        return None if says_nothing(cell, _HOLD[field]) else cell

    def exact(self, field: str, what: str) -> str | None:
        """A text of which every sign counts: what a program turned into a number or a date may have lost some."""
        cell = self.text(field)
        kind = self.row.kind(self.columns.found.get(field, -1))
        if cell is None or kind is CellKind.TEXT:
            return cell
        self.wrong(
            KeptSentence(
                "row %(row)s, column %(column)s (%(heading)s) holds %(cell)s as a %(kind_words)s, and 1.10 would be 1.1 and 007 "
                "would be 7 there: format the column as text, and write %(what_words)s again",
                **self.place(field),
                cell=cell,
                kind_words=_KIND_WORDS.get(str(kind), str(kind)),
                what_words=what,
            )
        )
        return None

    def role(self) -> str | None:
        cell = self.text("role")
        if cell is None:
            return None
        role = role_of(cell)
        if role is None:
            self.wrong(
                KeptSentence(
                    "row %(row)s, column %(column)s (%(heading)s) says %(cell)s: write CS for a charging station or CSMS for "
                    "a management system",
                    **self.place("role"),
                    cell=cell[:60],
                )
            )
        return role

    def numbers(self) -> tuple[str, ...]:
        """The certificate numbers, in the form of the certificates; what is none stays as it is, so that it counts as named."""
        cell = self.text("certificates")
        if cell is None:
            return ()
        found = named_in(cell)
        if not found:
            self.wrong(
                KeptSentence(
                    "row %(row)s, column %(column)s (%(heading)s) holds no certificate number (%(cell)s): write it as OCA.0016.0408.CS",
                    **self.place("certificates"),
                    cell=cell[:60],
                )
            )
            return (cell[:60],)
        return found

    def evidence(self) -> tuple[tuple[Evidence, ...], bool]:
        """As "tool report 2.0.1 Core + Security; self-attestation", and whether there is any that cannot be read."""
        before = len(self.problems)
        cell = self.text("evidence")
        found = []
        for part in _PARTS.split(cell) if cell else ():
            one = _evidence(part)
            if one is None:
                self.wrong(
                    KeptSentence(
                        "row %(row)s, column %(column)s (%(heading)s) says %(part)s: write one of %(levels)s, then the protocol "
                        "and its profiles by name, as tool report 2.0.1 Core + Security",
                        **self.place("evidence"),
                        part=part[:60],
                        levels=", ".join(vocabulary.evidence_levels()),
                    )
                )
            elif one.level != "certificate":
                found.append(one)
        return tuple(found), len(self.problems) > before

    def days(self) -> tuple[tuple[date, ...], bool]:
        """What the installation date may be, and whether there is one that cannot be read."""
        before = len(self.problems)
        cell = self.text("installed")
        if cell is None:
            return (), len(self.problems) > before
        try:
            return read_installed(cell), False
        except NoDay as problem:
            self.wrong(_at_place(problem.args[0], self.place("installed")))
            return (), True

    def place(self, field: str) -> dict[str, object]:
        return self.columns.cell_place(self.row, field)

    def wrong(self, problem: str) -> None:
        self.problems.append(problem)


def _at_place(problem: object, place: Mapping[str, object]) -> KeptSentence:
    return KeptSentence("row %(row)s, column %(column)s (%(heading)s): %(problem_text)s", **place, problem_text=problem)


def _evidence(part: str) -> Evidence | None:
    """Level, protocol and profiles, in any order; None where any word besides is not understood: "no tool report" is none."""
    found = _PROTOCOL.search(part)
    words = part[: found.start()] + " " + part[found.end() :] if found else part
    named = vocabulary.evidence_in(" ".join(words.split()))
    if named is None:
        return None
    level, besides = named
    protocol = vocabulary.protocol(found[1]) if found else None
    over = _TRANSPORTS.get((found[2] or found[3] or "").casefold()) if found else None
    rest = " ".join(_GLUE.sub(" ", besides).replace(",", "+").split())
    claimed = vocabulary.claimed(rest, protocol) if rest else frozenset()
    # A letter S that stands apart can be Security or SOAP.
    if claimed is None or rest.casefold() == "s" or over not in (None, vocabulary.only_transport(protocol) or over):
        return None
    return Evidence(level, protocol, tuple(sorted(claimed)) or None, over)
