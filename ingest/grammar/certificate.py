"""From pages to the facts of one certificate: the parts are read, and each value is decided on by all that bears witness to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from ingest.grammar.annex import Annex, read_annex
from ingest.grammar.cover import read_cover
from ingest.grammar.decide import (
    Decided,
    certification_date,
    laboratory,
    mended_joins,
    provenance,
    same_everywhere,
    software_version,
    vendor,
    witnessed,
)
from ingest.grammar.forms import Readings, read_forms
from ingest.grammar.layout import DATE_LABEL, heading_of, rows_of
from ingest.grammar.names import tidy
from ingest.grammar.parts import Parts, parts_of
from ingest.grammar.recognise import require_one_certificate
from ingest.grammar.scanned import without_unwitnessed
from ingest.grammar.tables import Read, Tables, read_tables
from ingest.grammar.values import Cover, Reading
from ingest.grammar.withhold import names_a_person, personal_names, public_text, withheld_places
from ingest.numbers import find_dates, mend_version
from ingest.page import CELL_BREAK, Page
from ingest.vocabulary import vocabulary
from registry.certificates.facts import SCALAR_FIELDS, Box, CertificateFacts, FieldState, PerformanceRow, Provenance


@dataclass(frozen=True)
class Evidence:
    """What the checks need to know besides the values: every place that speaks about one thing.

    Versions, names and dates are as printed in each place, freed of layout. Paths are those of `Provenance.field`.
    """

    annex_versions: tuple[str, ...] = ()
    laboratories: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()
    laboratory_date: str | None = None
    approval_dates: tuple[str, ...] = ()
    title_protocol: str | None = None
    device_under_test: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    pics_without_unit: tuple[str, ...] = ()
    template_residue: tuple[str, ...] = ()
    disagreeing_rows: tuple[str, ...] = ()
    declared_empty_keys: frozenset[str] = frozenset()
    truncated: bool = False
    known_layout: bool = True
    active: tuple[str, ...] = ()
    """Kinds of content that could act, of `ingest.readers.active`; whoever read the file fills them in."""


@dataclass(frozen=True)
class CertificateReading:
    """The facts, where each was read, and what the checks need."""

    certificate: CertificateFacts
    fields: tuple[Provenance, ...]
    evidence: Evidence
    public_text: str
    withheld: tuple[tuple[int, Box], ...] = ()


@dataclass
class _Sheet:
    """Everything read, before the facts are put together."""

    parts: Parts
    cover: Cover
    annex: Annex
    forms: Readings
    tables: Tables
    decided: Decided = field(default_factory=Decided)

    @property
    def truncated(self) -> bool:
        return not self.parts.complete

    def form(self, name: str) -> list[Reading]:
        return self.forms.get(name, [])

    def seen(self, name: str) -> list[Reading]:
        return self.cover.readings.get(name, [])


def read_certificate(pages: Sequence[Page], name: str, *, scanned: bool = False) -> CertificateReading:
    """The facts of the one certificate that the pages hold. Raises NotACertificate with one line when they hold none, or two.

    `scanned` says that the letters were guessed from a picture.
    """
    rows = rows_of(pages)
    parts = parts_of(rows)
    cover = read_cover(parts)
    require_one_certificate(parts, cover, name)
    annex = read_annex(parts, features=_has_features(cover))
    sheet = _Sheet(parts, cover, annex, read_forms(annex, parts), read_tables(annex))
    _decide(sheet)
    states = _states(sheet)
    facts, cells = _tables(sheet)
    public = public_text(parts)
    names = personal_names(parts)
    entries = tuple(replace(entry, raw=None) if names_a_person(entry.raw, names, public) else entry for entry in (*states, *cells))
    lowest: dict[int, float] = {}
    for entry in entries:
        if entry.box is not None and entry.page is not None:
            lowest[entry.page] = max(lowest.get(entry.page, 0.0), entry.box[3])
    evidence = _evidence(sheet)
    if scanned:
        facts, entries, evidence = without_unwitnessed(facts, entries, rows, evidence)
    return CertificateReading(facts, entries, evidence, public, withheld_places(parts, pages, lowest))


def _has_features(cover: Cover) -> bool:
    """Whether the certificate is of a protocol that has declarations of features: of OCPP 2.0.1 or later."""
    known: dict[str, str] = vocabulary("words")["protocols"]
    own = {reading.value for reading in cover.readings.get("number", ())}
    protocols = {known[number.slot] for number in cover.numbers if number.slot in known and (number.number in own or not own)}
    protocols = protocols or {reading.value for reading in cover.readings.get("title_protocol", ())}
    return bool(protocols) and all(protocol.startswith("OCPP 2.") for protocol in protocols)


def _decide(sheet: _Sheet) -> None:
    decided = sheet.decided
    vendors, holders = sheet.form("vendor_name"), sheet.seen("holder")
    models, designations = sheet.form("model"), sheet.seen("designation")
    for name in ("number", "revision", "kind", "product_type", "reference_specification", "errata"):
        same_everywhere(decided, name, sheet.seen(name))
    approved = _approval_dates(sheet.parts)
    tested = [reading.value for reading in sheet.seen("laboratory_date")]
    certification_date(decided, sheet.seen("certification_date"), [*tested, *approved])
    _protocol_and_role(sheet)
    witnessed(decided, "holder", sheet.seen("holder"), vendors)
    witnessed(decided, "designation", sheet.seen("designation"), models)
    witnessed(decided, "model", sheet.form("model"), designations)
    vendor(decided, sheet.form("vendor_name"), holders)
    software_version(decided, sheet.seen("software_version"), sheet.form("software_version"))
    laboratory(decided, sheet.form("test_laboratory"), sheet.seen("test_laboratory"))
    witnessed(decided, "laboratory_location", sheet.form("laboratory_location"), [])
    references, evidence = sheet.form("test_report_reference"), sheet.seen("document_evidence")
    witnessed(decided, "test_report_reference", sheet.form("test_report_reference"), evidence)
    witnessed(decided, "document_evidence", sheet.seen("document_evidence"), references)
    same_everywhere(decided, "communication", sheet.form("communication"))
    same_everywhere(decided, "octt_version", sheet.form("octt_version"))
    words = [decided.values[name] for name in ("designation", "model") if name in decided.values]
    for name in ("document_evidence", "test_report_reference"):
        if name in decided.values:
            decided.values[name] = mended_joins(decided.values[name], words)


def _protocol_and_role(sheet: _Sheet) -> None:
    decided = sheet.decided
    titles = sheet.seen("title_protocol")
    number = decided.values.get("number")
    if number is not None:
        slot = number.split("OCA.")[1].split(".")[0]
        reading = sheet.seen("number")[0] if sheet.seen("number") else titles[0]
        protocol = vocabulary("words")["protocols"].get(slot)
        decided.take("role", number.rsplit(".", 1)[1], reading, "number.suffix")
        if protocol is not None:
            decided.take("protocol", protocol, reading, "number.slot")
            return
    if titles and len({reading.value for reading in titles}) == 1:
        decided.take("protocol", titles[0].value, titles[0], "title")


def _states(sheet: _Sheet) -> list[Provenance]:
    """An entry for every scalar: what was not printed is absent, what was expected and not found is unread."""
    found = sheet.decided.fields
    entries: list[Provenance] = []
    for name in SCALAR_FIELDS:
        if name not in found:
            state = FieldState.ABSENT if _may_lack(sheet, name) else FieldState.UNREAD
            found[name] = provenance(name, state, None, "not-printed" if state is FieldState.ABSENT else "not-found")
        entries.append(found[name])
    return entries


def _may_lack(sheet: _Sheet, name: str) -> bool:
    """Whether the document was read far enough to say that it has no such field."""
    values = sheet.decided.values
    if name == "revision":
        return "number" in values
    if name == "errata":
        return bool(sheet.seen("no_errata"))
    if name == "model":
        if values.get("role") == "CSMS":
            return True
        configured = "configuration" in sheet.annex.sections and not sheet.truncated
        return configured and len(sheet.form("device_under_test")) > 1 and bool(sheet.form("octt_version"))
    return False


def _tables(sheet: _Sheet) -> tuple[CertificateFacts, list[Provenance]]:
    cells: list[Provenance] = []
    values: dict[str, str | int | None] = {}
    for path, reads in sheet.tables.cells.items():
        read = _agreed(reads)
        values[path] = read.value
        cells.append(_cell(path, read))
    _expect_profiles(sheet, values, cells)
    tables = {name: _table(values, name) for name in ("profiles", "hardware", "limits", "configuration_keys", "features")}
    performance = _performance(values)
    for name in (*tables, "performance"):
        if not (performance if name == "performance" else tables.get(name)):
            state = _table_state(sheet, name)
            cells.append(Provenance(name, None, state, None, None, None, "not-printed" if state is FieldState.ABSENT else "not-found"))
    empty = sheet.tables.non_ocpp_empty
    if empty is not None:
        place = (empty.raw, FieldState.DECLARED_EMPTY, empty.page, empty.number, empty.box)
        cells.append(Provenance("non_ocpp_configuration", *place, "row.value"))
    cells += _of_another_role(sheet)
    scalars: dict[str, Any] = {name: sheet.decided.values.get(name) for name in SCALAR_FIELDS}
    facts = CertificateFacts(
        **scalars,
        profiles=tables["profiles"],
        performance=performance,
        hardware=tables["hardware"],
        limits=tables["limits"],
        configuration_keys=tables["configuration_keys"],
        features=tables["features"],
    )
    return facts, cells


def _of_another_role(sheet: _Sheet) -> Iterator[Provenance]:
    """Where the first device under test stands that is of another role than the number says: no fact, but what speaks against one."""
    roles, role = vocabulary("words")["device_roles"], sheet.decided.values.get("role")
    others = (one for one in sheet.form("device_under_test") if role is not None and roles.get(one.value) not in (None, role))
    for one in islice(others, 1):
        yield provenance("device_under_test", FieldState.READ, one, one.rule)


def _agreed(reads: Sequence[Read]) -> Read:
    """One reading of a cell whose row may be printed twice: an unread copy does not matter, two that differ do."""
    clear = [read for read in reads if read.state is not FieldState.UNREAD]
    if not clear:
        return reads[0]
    if len({(read.value, read.state) for read in clear}) == 1:
        return clear[0]
    return Read(None, FieldState.UNREAD, clear[0].place, clear[0].raw, f"{clear[0].rule}.disagrees")


def _cell(path: str, read: Read) -> Provenance:
    place = read.place
    if place is None:
        return Provenance(path, read.raw, read.state, None, None, None, read.rule)
    raw = place.raw if read.raw is None and read.state is FieldState.UNREAD else read.raw
    return Provenance(path, raw, read.state, place.page, place.number, place.box, read.rule)


def _expect_profiles(sheet: _Sheet, values: dict[str, str | int | None], cells: list[Provenance]) -> None:
    """The template's profile rows that were not found are unread, not absent: a certificate of that kind always prints them."""
    template = vocabulary("tables")["template_profiles"].get(sheet.decided.values.get("protocol", ""), [])
    if sheet.decided.values.get("kind") not in ("Full", "Subset") or not any(f"profiles.{name}" in values for name in template):
        return
    for name in template:
        if f"profiles.{name}" not in values:
            values[f"profiles.{name}"] = None
            cells.append(Provenance(f"profiles.{name}", None, FieldState.UNREAD, None, None, None, "not-found"))


def _table(values: dict[str, str | int | None], name: str) -> dict[str, str | None] | None:
    rows = {path.split(".", 1)[1]: value for path, value in values.items() if path.startswith(f"{name}.")}
    return {row: None if value is None else str(value) for row, value in rows.items()} or None


def _performance(values: dict[str, str | int | None]) -> tuple[PerformanceRow, ...] | None:
    names = dict.fromkeys(path.split(".", 1)[1].rsplit(".", 1)[0] for path in values if path.startswith("performance."))
    rows: list[PerformanceRow] = []
    for name in names:
        pics, measured = values[f"performance.{name}.pics_seconds"], values[f"performance.{name}.measured_seconds"]
        rows.append(PerformanceRow(name, pics if isinstance(pics, int) else None, measured if isinstance(measured, int) else None))
    return tuple(rows) or None


def _table_state(sheet: _Sheet, name: str) -> FieldState:
    """Of a table without a row: absent when the document is whole and has no such table, else unread."""
    values = sheet.decided.values
    section = {"configuration_keys": "keys"}.get(name, name)
    if name == "features":
        return FieldState.ABSENT if values.get("protocol") == "OCPP 1.6" else FieldState.UNREAD
    if name in ("hardware", "configuration_keys") and values.get("role") == "CSMS":
        return FieldState.ABSENT
    if name == "hardware" and any(path.startswith("features.HFS-") for path in sheet.tables.cells):
        return FieldState.ABSENT
    if name in ("profiles", "performance") or not sheet.parts.whole:
        return FieldState.UNREAD
    strange = any(section in place.line.text for place in sheet.annex.strange)
    if section in sheet.annex.sections and (name != "limits" or strange):
        return FieldState.UNREAD
    return FieldState.ABSENT


def _evidence(sheet: _Sheet) -> Evidence:
    laboratories = [*sheet.form("test_laboratory"), *sheet.seen("test_laboratory")]
    return Evidence(
        annex_versions=tuple(mend_version(reading.value) for reading in _certain(sheet.form("software_version")) if reading.sure),
        laboratories=tuple(tidy(reading.value) for reading in _certain(laboratories)),
        vendors=tuple(tidy(reading.value) for reading in _certain(sheet.form("vendor_name"))),
        laboratory_date=next((reading.value for reading in _certain(sheet.seen("laboratory_date"))), None),
        approval_dates=tuple(_approval_dates(sheet.parts)),
        title_protocol=next((reading.value for reading in sheet.seen("title_protocol")), None),
        device_under_test=tuple(reading.value for reading in sheet.form("device_under_test")),
        numbers=tuple(dict.fromkeys(found.number for found in sheet.cover.numbers)),
        pics_without_unit=tuple(dict.fromkeys(sheet.tables.without_unit)),
        template_residue=tuple(dict.fromkeys(sheet.tables.residue)),
        disagreeing_rows=tuple(path for path, reads in sheet.tables.cells.items() if _agreed(reads).rule.endswith(".disagrees")),
        declared_empty_keys=frozenset(
            path.split(".", 1)[1]
            for path, reads in sheet.tables.cells.items()
            if path.startswith("configuration_keys.") and _agreed(reads).state is FieldState.DECLARED_EMPTY
        ),
        truncated=sheet.truncated and not _approval_is_there(sheet.parts),
        known_layout=_known_layout(sheet),
    )


def _certain(readings: Sequence[Reading]) -> list[Reading]:
    """The readings of whose letters the reader is sure: the others accuse nobody."""
    return [reading for reading in readings if reading.place.certain]


def _approval_dates(parts: Parts) -> list[str]:
    """Every date of the statement of approval whose letters are sure, where it stands after its label or alone."""
    dates = []
    for row in parts.approval_rows:
        text = row.text.replace(CELL_BREAK, " ")
        for found in find_dates(text):
            alone = text[found.start : found.end] in row.filled
            if found.iso and row.line.certain(found.start, found.end) and (alone or DATE_LABEL.search(text)):
                dates.append(found.iso)
    return dates


def _approval_is_there(parts: Parts) -> bool:
    """Whether a PDF has the heading of its approval, though not all lines of it were understood: then it was not cut before it."""
    return any(heading_of(row) == "approval" and row.line.box is not None for row in parts.rows)


def _known_layout(sheet: _Sheet) -> bool:
    """Whether labels and sections come as in a layout that reading was tried on."""
    values = sheet.decided.values
    if sheet.cover.other_words or sheet.annex.other_words:
        return False
    return any(
        values.get("protocol") in layout["protocols"]
        and values.get("kind") in layout["kinds"]
        and sheet.cover.order == tuple(layout["cover"])
        and tuple(name for name in sheet.annex.sections if name in layout["sections"]) == tuple(layout["sections"])
        for layout in vocabulary("layouts")["layouts"]
    )
