"""The cover's running text: who tested and when, by what evidence, and against which specification."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ingest.grammar.layout import Row, prose
from ingest.grammar.phrases import PhraseBook, loose
from ingest.grammar.stream import Chunk, Place, chunks_of
from ingest.grammar.values import Cover, Reading, slice_of
from ingest.numbers import find_dates
from ingest.page import squeeze
from ingest.vocabulary import vocabulary


def read_applied_tests(cover: Cover, rows: Sequence[Row]) -> set[int]:
    """Who tested and when, and the evidence; gives the rows that this took."""
    words = vocabulary("labels")["applied_tests"]
    phrase = re.compile(loose(words["phrase"]), re.IGNORECASE)
    headers = PhraseBook({header: header for header in words["headers"]})
    begin = next((i for i, row in enumerate(rows) if headers.at(row.plain) is not None or phrase.search(row.text)), None)
    if begin is None:
        return set()
    end = next((i for i in range(begin, len(rows)) if prose().at(rows[i].plain) is not None), len(rows))
    region = rows[begin:end]
    if _by_columns(cover, region, headers):
        return {row.index for row in region}
    pieces = [piece for row in region for piece in _test_pieces(row, phrase, headers)]
    dated = [piece for piece in pieces if find_dates(piece.text)]
    if len(dated) == 1:
        _performed_by(cover, pieces, dated[0])
    return {row.index for row in region}


def _by_columns(cover: Cover, region: Sequence[Row], headers: PhraseBook) -> bool:
    """Read the table where its cells go on over several lines, each in its own column; False when it is not set so."""
    body = [row for row in region if not all(headers.whole(text) for text in row.filled)]
    sentence = squeeze(vocabulary("labels")["applied_tests"]["phrase"])
    if len(body) < 2 or any(len(row.line.cells) != 3 for row in body):
        return False
    if squeeze("".join(row.line.cells[0].text for row in body)) != sentence:
        return False
    performed, evidence = (_column(body, index) for index in (1, 2))
    text = " ".join(chunk.text for chunk in performed)
    days = find_dates(text)
    if not performed or not evidence or len(days) != 1 or text[days[0].end :].strip(" ,;"):
        return False
    if days[0].iso:
        cover.add("laboratory_date", Reading(days[0].iso, performed[-1].place, "applied-tests.date"))
    laboratory = text[: days[0].start].rstrip(" ,;")
    if laboratory:
        cover.add("test_laboratory", Reading(laboratory, performed[0].place, "applied-tests.performed-by"))
    joined = " ".join(chunk.text for chunk in evidence)
    sure = all(one.text.endswith("Test") and two.text.startswith("Report") for one, two in pairwise(evidence))
    alternatives = () if sure else (joined, "".join(chunk.text for chunk in evidence))
    cover.add("document_evidence", Reading(joined, evidence[0].place, "applied-tests.evidence", sure=sure, alternatives=alternatives))
    return True


def _column(rows: Sequence[Row], index: int) -> list[Chunk]:
    """What stands in the column, line by line."""
    found = []
    for row in rows:
        start, text = row.line.starts[index], row.line.cells[index].text
        if text:
            found.append(Chunk(Place(row.page, row.line, start, start + len(text)), row.index, opens=False))
    return found


def _test_pieces(row: Row, phrase: re.Pattern[str], headers: PhraseBook) -> list[Chunk]:
    """What the row holds besides headers and the standing sentence."""
    cuts = [(match.start(), match.end()) for match in phrase.finditer(row.text)]
    if not cuts:
        cuts = [
            (hit.start, hit.end)
            for hit in headers.all_in(row.text)
            if hit.start in row.line.starts or hit.start == 0 or len(row.plain) < 60
        ]
    found: list[Chunk] = []
    at = 0
    for start, end in [*cuts, (len(row.text), len(row.text))]:
        found.extend(chunks_of(row.page, row.line, row.index, at, start, opens=False))
        at = end
    sentence = squeeze(vocabulary("labels")["applied_tests"]["phrase"])
    return [chunk for chunk in found if len(squeeze(chunk.text)) < 8 or squeeze(chunk.text) not in sentence]


def _performed_by(cover: Cover, pieces: Sequence[Chunk], dated: Chunk) -> None:
    day = find_dates(dated.text)[0]
    before, after = dated.text[: day.start].rstrip(" ,;"), dated.text[day.end :].strip(" ,;:|")
    position = pieces.index(dated)
    if day.iso:
        cover.add("laboratory_date", Reading(day.iso, slice_of(dated, day.start, day.end).place, "applied-tests.date"))
    if before and position == 0 and squeeze(before)[:_PIECE] not in squeeze(vocabulary("labels")["applied_tests"]["phrase"]):
        cover.add("test_laboratory", Reading(before, slice_of(dated, 0, day.start).place, "applied-tests.performed-by"))
    rest = [piece for piece in pieces[position + 1 :] if not _under_the_table(dated, piece)]
    if position > 0:
        # Lines of a cell that was wrapped: where its first ones end is not certain.
        return
    if after and not rest:
        cover.add("document_evidence", Reading(after, slice_of(dated, day.end, len(dated.text)).place, "applied-tests.evidence"))
    elif not after and rest:
        joined = " ".join(chunk.text for chunk in rest)
        cover.add("document_evidence", Reading(joined, rest[0].place, "applied-tests.evidence", sure=len(rest) == 1))


def _under_the_table(dated: Chunk, piece: Chunk) -> bool:
    """Whether the piece is a line of its own under a table on paper, whose cells are known to their ends."""
    cells = dated.place.line.cells
    other = piece.place.line.cells
    apart = len(other) < len(cells) and (dated.place.line.table or len(other) == 1)
    return dated.place.box is not None and len(cells) >= 3 and piece.index != dated.index and apart


_PIECE = 12
"""Letters by which a piece of the standing sentence is known."""
_REFERENCE = re.compile(
    r"reference specification\s+(?P<reference>OCPP\s+\d(?:[.,]\d){1,2}J?(?:\s*[-–—]?\s*Edition\s*\d+)?)\s*"
    r"(?:(?P<end>\.(?=\s|$))|with\s+(?:the\s+)?(?:OCPP\s+[\d.,]+J?\s+)?Errata(?:\s+sheets?)?\s*(?:\((?P<errata>[^()]{3,80})\)|(?P<bare>v?\d[\w.,-]*))\s*(?P<close>\.))",
    re.IGNORECASE,
)
_REFERENCE_HINT = re.compile(r"reference specification", re.IGNORECASE)


def read_reference(cover: Cover, rows: Sequence[Row]) -> None:
    """Reference specification and errata, out of the sentence that attests the conformance."""
    for position in range(len(rows)):
        if not _REFERENCE_HINT.search(" ".join(each.plain for each in rows[position : position + 2])):
            continue
        text = _run_on(each.plain for each in rows[position : position + 4])
        match = _REFERENCE.search(text)
        home = next(
            each
            for each in rows[position : position + 2]
            if _REFERENCE_HINT.search(each.plain) or each is rows[min(position + 1, len(rows) - 1)]
        )
        if match is None:
            continue
        cover.add("reference_specification", Reading(match["reference"], _find(home, match["reference"]), "attestation"))
        if match["errata"] or match["bare"]:
            errata = match["errata"] or match["bare"]
            cover.add("errata", Reading(errata, _find(home, errata), "attestation"))
        else:
            cover.add("no_errata", Reading("", _find(home, ""), "attestation"))
        return


def _run_on(lines: Iterable[str]) -> str:
    """The lines as one text; a word or a date that was broken after its hyphen is whole again."""
    text = ""
    for line in lines:
        broken = re.search(r"\w[-–/]$", text) is not None and line[:1].isalnum()
        text = f"{text}{line}" if broken or not text else f"{text} {line}"
    return text


def _find(row: Row, value: str) -> Place:
    at = row.text.find(value)
    return Place(row.page, row.line, max(at, 0), at + len(value) if at >= 0 else len(row.text))
