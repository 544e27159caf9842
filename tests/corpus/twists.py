"""Certificates as clerks nobody has met would write them: the same facts under other words, in other columns and another order.

A twist makes blocks of blocks. What it prints says the same as before, so the truth stays.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from tests.corpus.content import Block, Break, Heading, Pairs, Table, Text

Twist = Callable[[list[Block]], list[Block]]

_KEYS = "Configuration key"


def _tables(blocks: list[Block], change: Callable[[Table], Table]) -> list[Block]:
    return [change(block) if isinstance(block, Table) else block for block in blocks]


def _is_approval(table: Table) -> bool:
    return not table.header and len(table.widths) == 3


def relabelled(words: Mapping[str, str]) -> Twist:
    """Labels, headings and headers with other words, by the usual ones without their colon."""

    def other(text: str) -> str:
        bare = text.rstrip(":")
        return words[bare] + text[len(bare) :] if bare in words else text

    def table(block: Table) -> Table:
        rows = tuple((other(row[0]), *row[1:]) for row in block.rows)
        return replace(block, rows=rows, header=tuple(map(other, block.header)), title=other(block.title))

    def twist(blocks: list[Block]) -> list[Block]:
        found: list[Block] = []
        for block in _tables(blocks, table):
            if isinstance(block, Pairs):
                block = Pairs(tuple((other(label), re.sub(*_version(words), value)) for label, value in block.rows))
            elif isinstance(block, Heading):
                block = replace(block, text=other(block.text))
            found.append(block)
        return found

    return twist


def _version(words: Mapping[str, str]) -> tuple[str, str]:
    usual = "OCPP Software version"
    return rf"^{usual}", words.get(usual, usual)


def labels_as(change: Callable[[str], str]) -> Twist:
    """Every label of the cover and of the forms, and every heading, changed in one manner."""

    def table(block: Table) -> Table:
        if block.header or _is_approval(block):
            return replace(block, title=change(block.title), header=tuple(map(change, block.header)))
        return replace(block, rows=tuple((change(row[0]), *row[1:]) for row in block.rows), title=change(block.title))

    def twist(blocks: list[Block]) -> list[Block]:
        found: list[Block] = []
        for block in _tables(blocks, table):
            if isinstance(block, Pairs):
                block = Pairs(tuple((change(label), value) for label, value in block.rows))
            elif isinstance(block, Heading) and block.level:
                block = replace(block, text=change(block.text))
            found.append(block)
        return found

    return twist


def columns(orders: Mapping[str, Sequence[int]]) -> Twist:
    """Tables with their columns in another order, by the first word of their header; `form` names those without a header."""

    def table(block: Table) -> Table:
        if _is_approval(block):
            return block
        order = orders.get(block.header[0] if block.header else "form")
        if order is None:
            return block

        def turned(cells: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(cells[place] for place in order)

        widths = tuple(block.widths[place] for place in order)
        return replace(block, rows=tuple(map(turned, block.rows)), header=turned(block.header) if block.header else (), widths=widths)

    return lambda blocks: _tables(blocks, table)


def with_columns(name: str, added: Sequence[tuple[int, str, Callable[[int, tuple[str, ...]], str]]]) -> Twist:
    """The tables whose header begins with `name` with more columns: each a place, a header and what its cells say."""

    def table(block: Table) -> Table:
        if not block.header or block.header[0] != name or _is_approval(block):
            return block
        rows, header, widths = [list(row) for row in block.rows], list(block.header), list(block.widths)
        for place, words, says in added:
            for number, (row, before) in enumerate(zip(rows, block.rows, strict=True), start=1):
                row.insert(place, says(number, before))
            header.insert(place, words)
            widths.insert(place, 0.12)
        total = sum(widths)
        return replace(block, rows=tuple(map(tuple, rows)), header=tuple(header), widths=tuple(width / total for width in widths))

    return lambda blocks: _tables(blocks, table)


def numbered(blocks: list[Block]) -> list[Block]:
    """Headings with numbers of sections."""
    found: list[Block] = []
    one = two = 0
    for block in blocks:
        if isinstance(block, Heading) and block.level:
            one, two = (one, two + 1) if block.level == 3 else (one + 1, 0)
            block = replace(block, text=f"{one}.{two} {block.text}" if two else f"{one}. {block.text}")
        found.append(block)
    return found


def grouped(blocks: list[Block]) -> list[Block]:
    """The table of keys, with a row for each group of keys that says its name in the first column only."""

    def table(block: Table) -> Table:
        if not block.header or block.header[0] != _KEYS or len(block.rows) < 8:
            return block
        rows: list[tuple[str, ...]] = []
        for place, row in enumerate(block.rows):
            if place % 7 == 0:
                rows.append((("Core Profile", "Smart Charging Profile", "Local Auth List Management Profile")[place // 7 % 3], ""))
            rows.append(row)
        return replace(block, rows=tuple(rows))

    return _tables(blocks, table)


def broken_keys(blocks: list[Block]) -> list[Block]:
    """Long names of keys on two lines, broken before a capital letter."""

    def table(block: Table) -> Table:
        if not block.header or block.header[0] != _KEYS:
            return block
        rows = tuple((re.sub(r"^(\w{9,}?[a-z])([A-Z]\w{3,})$", r"\1\n\2", row[0]), *row[1:]) for row in block.rows)
        return replace(block, rows=rows)

    return _tables(blocks, table)


def continued(blocks: list[Block]) -> list[Block]:
    """Long tables go on after a new page, under their title and header with "(continued)"."""
    found: list[Block] = []
    for block in blocks:
        if not isinstance(block, Table) or len(block.rows) < 10:
            found.append(block)
            continue
        title = block.title or next((one.text for one in reversed(found) if isinstance(one, Heading)), "")
        half = len(block.rows) // 2
        found += [replace(block, rows=block.rows[:half]), Break(), replace(block, rows=block.rows[half:], title=f"{title} (continued)")]
    return found


def _split(blocks: list[Block]) -> tuple[list[Block], list[Block], list[Block]]:
    """Cover, annex, approval."""
    annex = next(place for place, block in enumerate(blocks) if isinstance(block, Break))
    end = next(place for place, block in enumerate(blocks) if isinstance(block, Heading) and block.text == "Statement of Approval")
    return blocks[:annex], blocks[annex + 1 : end], blocks[end:]


def annex_first(blocks: list[Block]) -> list[Block]:
    """The annex with its approval before the cover."""
    cover, annex, approval = _split(blocks)
    return [*annex, *approval, Break(), *cover]


def approval_last(blocks: list[Block]) -> list[Block]:
    """The annex before the cover, and the approval after both."""
    cover, annex, approval = _split(blocks)
    return [*annex, Break(), *cover, Break(), *approval]


def sections_shuffled(blocks: list[Block]) -> list[Block]:
    """The sections of the annex in another order, each with its tables."""
    cover, annex, approval = _split(blocks)
    sections: list[list[Block]] = []
    for block in annex[1:]:
        if isinstance(block, Heading) and block.level == 2:
            sections.append([])
        sections[-1].append(block)
    random.Random(len(annex)).shuffle(sections)
    return [*cover, Break(), annex[0], *(block for section in sections for block in section), *approval]


def transposed(names: Sequence[str]) -> Twist:
    """The tables whose header begins with one of the names, with a column for each row; descriptions are left out."""

    def table(block: Table) -> Table:
        if not block.header or block.header[0] not in names:
            return block
        kept = [place for place, word in enumerate(block.header) if word != "Description"]
        rows = [tuple(row[place] for row in block.rows if any(row[1:])) for place in kept]
        lead = tuple(block.header[place] for place in kept)
        cells = [(word, *row) for word, row in zip(lead, rows, strict=True)]
        return Table(tuple(cells[1:]), (1 / len(cells[0]),) * len(cells[0]), cells[0])

    return lambda blocks: _tables(blocks, table)


def cover_added(lines: Sequence[tuple[str, str]], place: int = 2) -> Twist:
    """More labels on the cover, with values that are none of the certificate's facts."""

    def twist(blocks: list[Block]) -> list[Block]:
        return [Pairs((*block.rows[:place], *lines, *block.rows[place:])) if isinstance(block, Pairs) else block for block in blocks]

    return twist


def version_apart(blocks: list[Block]) -> list[Block]:
    """The cover's software version under a label of its own."""
    found: list[Block] = []
    for block in blocks:
        if isinstance(block, Pairs):
            rows = tuple(
                tuple(value.split(": ", 1)) if value.startswith("OCPP Software version:") else (label, value) for label, value in block.rows
            )
            block = Pairs(tuple((label if label.endswith(":") or not label else f"{label}:", value) for label, value in rows))
        found.append(block)
    return found


def unsigned(blocks: list[Block]) -> list[Block]:
    """Without the statement of approval."""
    cover, annex, _ = _split(blocks)
    return [*cover, Break(), *annex]


def without_breaks(blocks: list[Block]) -> list[Block]:
    """Cover and annex run on, on one page where there is room."""
    return [block for block in blocks if not isinstance(block, Break)]


def remarked(blocks: list[Block]) -> list[Block]:
    """Sentences under the tables that hold words and figures like those in them."""
    found: list[Block] = []
    for block in blocks:
        found.append(block)
        if isinstance(block, Table) and not _is_approval(block):
            found.append(
                Text("Note: 1) Pass means that all test cases of the profile passed. 2) N/A: not part of the device under test (30 s).")
            )
    return found


def boxed(colon: str = ":", across: int = 2) -> Twist:
    """Labels of cover and forms over their values in one cell each, several cells in a row."""

    def cells(rows: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
        merged: list[list[str]] = []
        for label, value in ((row[0], row[1]) for row in rows):
            if label:
                merged.append([label.rstrip(":") + colon, value])
            elif merged:
                merged[-1].append(value)
        texts = ["\n".join(parts) for parts in merged]
        texts += [""] * (-len(texts) % across)
        return tuple(tuple(texts[place : place + across]) for place in range(0, len(texts), across))

    def twist(blocks: list[Block]) -> list[Block]:
        found: list[Block] = []
        for block in blocks:
            rows = (
                block.rows if isinstance(block, Pairs) or (isinstance(block, Table) and not block.header and len(block.widths) == 2) else ()
            )
            if rows:
                title = block.title if isinstance(block, Table) else ""
                found.append(Table(cells(rows), (1 / across,) * across, title=title))
            else:
                found.append(block)
        return found

    return twist


def noted(marks: str = "¹²³") -> Twist:
    """Signs of footnotes after values."""

    def table(block: Table) -> Table:
        if _is_approval(block) or not block.header:
            return block
        rows = tuple(
            (row[0], f"{row[1]}{marks[place % len(marks)]}", *row[2:]) if place % 5 == 2 and row[1] else row
            for place, row in enumerate(block.rows)
        )
        return replace(block, rows=rows)

    return lambda blocks: _tables(blocks, table)


def units_in_header(blocks: list[Block]) -> list[Block]:
    """The PICS values without their unit, which the header of their column says."""

    def table(block: Table) -> Table:
        if not block.header or block.header[0] != "Name":
            return block
        rows = tuple((row[0], row[1].rstrip("s econd."), *row[2:]) for row in block.rows)
        return replace(block, rows=rows, header=("Name", "PICS value [s]", "Measured value [hh:mm:ss]", "Description"))

    return _tables(blocks, table)
