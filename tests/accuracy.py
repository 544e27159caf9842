"""What the parser makes of the corpus: fields right, not read and wrong, per field and per layout family.

Run as `python -m tests.accuracy [--quick] [--only WORDS] [--unread]`: all documents or a sample of each family; those whose medium
and family have the words in them; with a line for each value that was not read. Exit status 1 when a value is wrong, a finding false
or a name given out, or when more is left unread than `MOST_UNREAD` allows. Precision is right / (right + wrong), recall right / all.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from ingest.parse import parse_document
from registry.errors import RegistryError
from tests.corpus.corpus import Document, corpus
from tests.ingest.certificates import ROOT, golden_certificates
from tests.ingest.comparing import ABOUT_THE_READING, Outcome, compare, contradictions, true_findings

MOST_UNREAD = {
    "text layer": 0.005,
    "doubtful on purpose": 0.28,
    "scan 300": 0.03,
    "scan 200": 0.03,
    "scan 150": 1.0,
    "poor scan": 1.0,
    "rendering": 0.03,
    "hard rendering": 0.35,
}
"""The largest share of values that may be left unread, by medium. At 150 dots an inch and of poor scans any may; a wrong one never."""

SAMPLES = "text: samples"
"""The family of the five certificates that ship: of them nothing may be left unread."""


MOST_UNREAD_QUICK = MOST_UNREAD | {"text layer": 0.01, "doubtful on purpose": 0.4, "scan 300": 0.25}
"""One or two documents say little about a share: a sample finds what is wrong, the whole corpus what is not read."""


@dataclass(frozen=True)
class Measure:
    """One document: what became of each field (scalars by name, cells by table), and a line for all that is not right."""

    document: Document
    fields: tuple[tuple[str, Outcome], ...]
    wrong: tuple[str, ...]
    unread: tuple[str, ...]


def _kind_of(path: str) -> str:
    """`performance.OCPP response timeout.pics_seconds` counts under `performance.pics_seconds`, other cells under their table."""
    table, _, row = path.partition(".")
    return f"{table}.{row.rpartition('.')[2]}" if table == "performance" else table


def measure(document: Document) -> Measure:
    """Parse one document and hold it against its truth."""
    data = document.path.read_bytes()
    try:
        extraction = parse_document(data, document.path.name)
    except RegistryError as error:
        lost = tuple((_kind_of(one.path), Outcome.UNREAD) for one in compare(document.truth, type(document.truth)()))
        return Measure(document, lost, (), (f"{document.name}: refused: {error}",))
    results = list(compare(document.truth, extraction.certificate))
    fields = tuple((_kind_of(one.path), one.outcome) for one in results)
    told = [(one.outcome, f"{document.name}: {one.path} is {one.expected!r}, read as {one.actual!r}") for one in results]
    wrong = [line for outcome, line in told if outcome == Outcome.WRONG]
    wrong += [f"{document.name}: {line}" for line in contradictions(extraction)]
    must, may = true_findings(document.truth, document.printed)
    reported = {finding.rule for finding in extraction.findings}
    wrong += [f"{document.name}: finding {rule} is false" for rule in sorted(reported - may - ABOUT_THE_READING)]
    if all(outcome == Outcome.RIGHT for _, outcome in fields):
        wrong += [f"{document.name}: finding {rule} is missing" for rule in sorted(must - reported)]
    return Measure(document, fields, tuple(wrong), tuple(line for outcome, line in told if outcome == Outcome.UNREAD))


def measure_all(documents: Iterable[Document], processes: int = 2) -> list[Measure]:
    """Every document, in as many processes."""
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(measure, documents))


def samples() -> list[Document]:
    """The five sample certificates, as persons read them."""
    found = []
    texts = [(path, path.read_text(encoding="utf-8")) for path in sorted((ROOT / "data/certificates").glob("*.txt"))]
    for certificate in golden_certificates():
        facts = certificate.facts
        path, text = next((path, text) for path, text in texts if str(facts.number) in text)
        found.append(Document(f"sample-{facts.number}", SAMPLES, "text", "rendering", path, facts, text))
    return found


def _table(title: str, rows: Iterable[tuple[tuple[str, ...], Counter[Outcome]]], *names: str) -> Table:
    table = Table(*names, title=title)
    for heading in ("Right", "Not read", "Wrong", "Precision", "Recall"):
        table.add_column(heading, justify="right")
    for labels, count in rows:
        right, given = count[Outcome.RIGHT], count[Outcome.RIGHT] + count[Outcome.WRONG]
        shares = (right / given if given else 1.0, right / count.total())
        numbers = [str(count[outcome]) for outcome in (Outcome.RIGHT, Outcome.UNREAD, Outcome.WRONG)]
        table.add_row(*labels, *numbers, *(f"{share:.2%}" for share in shares))
    return table


def _names(document: Document) -> tuple[str, str]:
    return document.path.name, str(document.truth.number)


def _outcomes(one: Measure) -> Counter[Outcome]:
    return Counter(outcome for _field, outcome in one.fields)


def _group_of(medium: str) -> str:
    """Scans of all resolutions are one group of media, and all PDFs with a text layer."""
    return "PDF" if medium in ("text layer", "doubtful on purpose") else medium.rpartition(" ")[0] or medium


def _count(measures: list[Measure]) -> tuple[dict[tuple[str, ...], Counter[Outcome]], ...]:
    """By medium; by family; by medium group and field; by family and field where anything is not right."""
    media: defaultdict[tuple[str, ...], Counter[Outcome]] = defaultdict(Counter)
    families: defaultdict[tuple[str, ...], Counter[Outcome]] = defaultdict(Counter)
    fields: defaultdict[tuple[str, ...], Counter[Outcome]] = defaultdict(Counter)
    both: defaultdict[tuple[str, ...], Counter[Outcome]] = defaultdict(Counter)
    for one in measures:
        document = one.document
        for field, outcome in one.fields:
            media[(document.medium,)][outcome] += 1
            families[(document.family, document.producer, document.medium)][outcome] += 1
            fields[(_group_of(document.medium), field)][outcome] += 1
            both[(document.family, field)][outcome] += 1
    imperfect = {labels: count for labels, count in both.items() if count[Outcome.UNREAD] or count[Outcome.WRONG]}
    return dict(media), dict(families), dict(sorted(fields.items())), imperfect


def failures(measures: list[Measure], most_unread: dict[str, float] = MOST_UNREAD) -> list[str]:
    """Why the corpus is not read well enough; empty when it is."""
    found = [line for one in measures for line in one.wrong]
    found += [line for one in measures if one.document.family == SAMPLES for line in one.unread]
    media = _count(measures)[0]
    for (medium,), count in media.items():
        share = count[Outcome.UNREAD] / count.total()
        if share > most_unread[medium]:
            found.append(f"{medium}: {share:.2%} not read, at most {most_unread[medium]:.1%} may be")
    return found


def main() -> int:
    """Print the tables; 1 when anything is wrong or too much is not read."""
    quick = "--quick" in sys.argv
    only = sys.argv[sys.argv.index("--only") + 1] if "--only" in sys.argv else ""
    console = Console(width=150)
    measures = measure_all(one for one in [*samples(), *corpus(quick=quick)] if only in f"{one.medium}: {one.family}")
    media, families, fields, imperfect = _count(measures)
    shipped = {
        (one.document.path.name, str(one.document.truth.number)): _outcomes(one) for one in measures if one.document.family == SAMPLES
    }
    console.print(_table("The samples that ship, document by document", shipped.items(), "Document", "Certificate"))
    console.print(_table("By layout family, field by field, where not all is right", imperfect.items(), "Family", "Field"))
    console.print(_table("By field", fields.items(), "Medium", "Field"))
    console.print(_table("By layout family", families.items(), "Family", "Producer", "Medium"))
    console.print(_table(f"{len(measures)} documents", media.items(), "Medium"))
    if "--unread" in sys.argv:
        for line in (line for one in measures for line in one.unread):
            console.print(line, markup=False, soft_wrap=True)
    wrong = failures(measures, MOST_UNREAD_QUICK if quick else MOST_UNREAD)
    for line in wrong:
        console.print(line, markup=False, soft_wrap=True, style="red")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
