"""From readings to values: one value per field, read with certainty or not at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.grammar.names import bare, cut_from, nearly, same_company, soiled, tidy
from ingest.grammar.phrases import loose
from ingest.grammar.values import Reading
from ingest.numbers import mend_version, normal_version
from ingest.page import squeeze
from ingest.vocabulary import vocabulary
from registry.certificates.facts import FieldState, Provenance


@dataclass
class Decided:
    """Values by field with their provenance, in the order of deciding."""

    values: dict[str, str] = field(default_factory=dict)
    fields: dict[str, Provenance] = field(default_factory=dict)

    def take(self, name: str, value: str, reading: Reading, rule: str | None = None) -> None:
        """Record a value as read from that place, or that the place says there is none."""
        if squeeze(value) in {squeeze(word) for words in ("empty", "not_applicable") for word in vocabulary("words")[words]}:
            self.fields[name] = provenance(name, FieldState.DECLARED_EMPTY, reading, rule or reading.rule)
            return
        self.values[name] = value
        self.fields[name] = provenance(name, FieldState.READ, reading, rule or reading.rule)

    def leave(self, name: str, readings: Sequence[Reading], rule: str) -> None:
        """Record that the field is there and not certain."""
        self.fields[name] = provenance(name, FieldState.UNREAD, readings[0] if readings else None, rule)


def provenance(name: str, state: FieldState, reading: Reading | None, rule: str) -> Provenance:
    """The entry of `fields` for one scalar."""
    if reading is None:
        return Provenance(name, None, state, None, None, None, rule)
    place = reading.place
    return Provenance(name, place.raw, state, place.page, place.number, place.box, rule)


def same_everywhere(decided: Decided, name: str, readings: Sequence[Reading]) -> None:
    """A typed value: read when every place where it stands says the same."""
    if not readings:
        return
    if len({tidy(reading.value) for reading in readings}) == 1 and readings[0].sure:
        decided.take(name, tidy(readings[0].value), readings[0])
    else:
        decided.leave(name, readings, f"{readings[0].rule}.disagrees")


def certification_date(decided: Decided, readings: Sequence[Reading], others: Sequence[str]) -> None:
    """The date; where day and month may be taken for each other, `others` (the laboratory's and the approval's dates) decide."""
    candidates = [{reading.value, *reading.alternatives} for reading in readings]
    if not candidates:
        return
    common = set.intersection(*candidates)
    if len(common) > 1:
        borne_out = common & set(others)
        if len(borne_out) == 1:
            decided.take("certification_date", borne_out.pop(), readings[0], "date.second-witness")
            return
    if len(common) == 1:
        decided.take("certification_date", common.pop(), readings[0])
    else:
        decided.leave("certification_date", readings, f"{readings[0].rule}.{'ambiguous' if common else 'disagrees'}")


def witnessed(decided: Decided, name: str, readings: Sequence[Reading], others: Sequence[Reading]) -> None:
    """An untyped value: as it stands beside its label, or as a second place in the document writes it.

    A reading with unexplained text after it is taken only as far as another place bears it out that has none itself; a reading that
    another place shows to be cut is not taken.
    """
    witnesses = [other.value for other in others]
    clear = [other.value for other in others if other.sure]
    if not readings:
        return
    distinct = {bare(reading.value) for reading in readings}
    first = readings[0]
    if len(distinct) > 1:
        decided.leave(name, readings, f"{first.rule}.disagrees")
        return
    if first.sure and soiled(first.value):
        decided.leave(name, readings, f"{first.rule}.soiled")
        return
    if first.sure:
        if any(cut_from(first.value, witness) for witness in witnesses):
            decided.leave(name, readings, f"{first.rule}.cut")
        else:
            decided.take(name, tidy(first.value), first)
        return
    printed = {tidy(witness) for witness in clear}
    borne_out = [text for text in (first.value, *first.alternatives) if any(bare(text) == bare(witness) for witness in clear)]
    # Spellings that differ in blanks only are one to `bare`, but not one value: the very print of the witness decides.
    borne_out = [text for text in borne_out if tidy(text) in printed] or borne_out
    if len({tidy(text) for text in borne_out}) == 1:
        decided.take(name, tidy(borne_out[0]), first, f"{first.rule}.second-witness")
    else:
        decided.leave(name, readings, f"{first.rule}.unexplained-text")


def laboratory(decided: Decided, annex: Sequence[Reading], elsewhere: Sequence[Reading]) -> None:
    """The laboratory's name: the places must agree but for a stray letter, and at least one must print it clean."""
    readings = [*annex, *elsewhere]
    if not readings:
        return
    known: list[str] = vocabulary("words")["laboratories"]
    names = [tidy(reading.value) for reading in readings]
    clean = [name for name in names if not soiled(name)]
    groups = {bare(name) for name in clean}
    if len(groups) > 1:
        # One of them may be cut or misread: two agreeing places outweigh it, or one that names a laboratory known by name.
        counts = sorted(((sum(bare(name) == group for name in clean), group) for group in groups), reverse=True)
        best = counts[0][1]
        others = [name for name in clean if bare(name) != best]
        winner = next(name for name in clean if bare(name) == best)
        noise = all(nearly(name, winner) or cut_from(name, winner) for name in others)
        trusted = counts[0][0] > counts[1][0] or any(bare(winner) == bare(name) for name in known)
        groups = {best} if noise and trusted else groups
    if len(groups) != 1:
        decided.leave("test_laboratory", readings, "laboratory.disagrees")
        return
    group = groups.pop()
    value = next(name for name in clean if bare(name) == group)
    agreed = all(bare(name) == group or nearly(name, value) or cut_from(name, value) for name in names)
    single_doubt = len(readings) == 1 and not readings[0].sure
    if not agreed or single_doubt:
        decided.leave("test_laboratory", readings, "laboratory.disagrees")
        return
    decided.take("test_laboratory", value, readings[0], "laboratory.attested")


def vendor(decided: Decided, readings: Sequence[Reading], others: Sequence[Reading]) -> None:
    """The vendor's name: summary and test configuration print it, one of them perhaps cut."""
    if not readings:
        return
    sure = [reading for reading in readings if reading.sure and not soiled(reading.value)]
    distinct = {bare(reading.value) for reading in sure}
    if len(distinct) > 1:
        longest = max(sure, key=lambda reading: len(bare(reading.value)))
        if all(bare(reading.value) == bare(longest.value) or cut_from(reading.value, longest.value) for reading in sure):
            decided.take("vendor_name", tidy(longest.value), longest)
            return
        if all(same_company(reading.value, longest.value) for reading in sure):
            decided.take("vendor_name", tidy(sure[0].value), sure[0])
            return
        decided.leave("vendor_name", readings, "annex.label.disagrees")
        return
    if not distinct:
        witnessed(decided, "vendor_name", readings[:1], others)
        return
    if len(sure) == 1 and any(cut_from(sure[0].value, other.value) for other in others):
        decided.leave("vendor_name", readings, "annex.label.cut")
        return
    decided.take("vendor_name", tidy(sure[0].value), sure[0])


def software_version(decided: Decided, cover: Sequence[Reading], annex: Sequence[Reading]) -> None:
    """The cover's version. The annex is its witness: where the two differ beyond noise the cover holds, unless it shows to be cut."""
    if not cover:
        return
    first = cover[0]
    normals = [normal_version(reading.value) for reading in annex if reading.sure]
    if len({normal_version(reading.value) for reading in cover}) > 1:
        decided.leave("software_version", cover, "cover.version-label.disagrees")
        return
    value = mend_version(first.value)
    if not first.sure:
        borne_out = [text for text in (first.value, *first.alternatives) if normal_version(text) in normals]
        if len(borne_out) != 1:
            decided.leave("software_version", cover, "cover.version-label.unexplained-text")
            return
        value = mend_version(borne_out[0])
    elif _version_is_cut(normal_version(value), normals):
        decided.leave("software_version", cover, "cover.version-label.cut")
        return
    decided.take("software_version", value, first)


def _version_is_cut(version: str, others: Sequence[str]) -> bool:
    """Whether the version lost its end: another place goes on with the same figure or word, or it ends in a separator."""
    if version.endswith((".", ",", "-", "_", "(")):
        return True
    return any(
        other != version and other.startswith(version) and other[len(version)].isalnum() and version[-1:].isalnum() for other in others
    )


def mended_joins(text: str, witnesses: Sequence[str]) -> str:
    """The text with blanks inside a word taken out, where that very word stands elsewhere in the document."""
    for witness in witnesses:
        if len(witness) >= 6 and not any(letter.isspace() for letter in witness):
            text = re.sub(rf"(?<![^\W_]){loose(witness)}(?![^\W_])", witness, text)
    return text
