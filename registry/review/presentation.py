"""A document under review taken apart for its page: the fields in reading order, each with its place. Pure; words, no markup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from registry import wording
from registry.certificates.facts import SCALAR_FIELDS, FieldState, Provenance
from registry.certificates.paths import parts, values
from registry.certificates.presentation import PRODUCT_FIELDS, TEST_FIELDS, Line, where
from registry.language import gettext as _
from registry.marking import N_
from registry.review.corrections import FIELD_ACTIONS, Correction, is_finding, state_of, text_of
from registry.review.points import Point, PointKind
from registry.review.queries import ReviewView
from registry.review.values import FieldType, choices, field_type, states

SECTIONS = (
    (N_("Product"), PRODUCT_FIELDS),
    (N_("How it was tested"), TEST_FIELDS),
    (N_("Feature profiles"), "profiles"),
    (N_("Times"), "performance"),
    (N_("Hardware"), "hardware"),
    (N_("Limits"), "limits"),
    (N_("Configuration keys"), "configuration_keys"),
    (N_("Features"), "features"),
)
MISSABLE = {
    "profiles": N_("Feature profile"),
    "hardware": N_("Hardware"),
    "limits": N_("Limit"),
    "configuration_keys": N_("Configuration key"),
    "features": N_("Feature"),
    "pics_seconds": N_("Time, declared (PICS)"),
    "measured_seconds": N_("Time, measured"),
}
"""The tables that a row may have been missed of, and the columns of the table of times."""

STATE_CHOICES = {
    FieldState.READ: N_("It says"),
    FieldState.DECLARED_EMPTY: N_("Declared empty: printed as “-” or “<>”"),
    FieldState.NOT_APPLICABLE: N_("Not applicable: printed as “N/A”"),
    FieldState.ABSENT: N_("The document does not have it"),
    FieldState.UNREAD: N_("It cannot be read by eye either"),
}
CLOSE_UP_MARGIN = 28.0
"""Points around a value that its close-up shows."""

CLOSE_UP_WIDTH = 340.0
"""Points that a close-up shows at least: mostly what stands before a value, where its label is."""

ROOM_FOR_LABEL = 260.0
BOX_MARGIN = 2.5
ACTION_WORDS = {
    "accept": N_("accepted"),
    "correct": N_("corrected"),
    "confirm finding": N_("finding confirmed"),
    "dismiss finding": N_("finding dismissed"),
    "no certificate": N_("marked as no certificate"),
    "undo": N_("undone"),
}


@dataclass(frozen=True)
class FieldRow:
    """One field: what was read, what is shown, and where it stands.

    `anchor` numbers it on the page. `line` is the line of the public text that shows it, None for a document with pictures.
    """

    path: str
    label: str
    anchor: int
    read: str | None
    read_state: FieldState
    value: str | None
    state: FieldState
    place: Provenance | None
    line: int | None
    decision: Correction | None
    differs: bool

    @property
    def changed(self) -> bool:
        """Whether something else is shown than was read."""
        return (self.value, self.state) != (self.read, self.read_state)

    @property
    def open(self) -> bool:
        """Whether somebody should look at it."""
        return self.differs or (self.read_state is FieldState.UNREAD and self.decision is None)

    @property
    def target(self) -> str | None:
        """The fragment of the place that it was read from."""
        if self.place is not None and self.place.box is not None:
            return f"box-{self.anchor}"
        return f"line-{self.line}" if self.line else None


@dataclass(frozen=True)
class Rect:
    """A box on a page, in points from the top left."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Sheet:
    """One page with the boxes of the fields that were read from it."""

    number: int
    width: float
    height: float
    boxes: tuple[tuple[FieldRow, Rect], ...]


def rows(view: ReviewView, lines: Sequence[Line]) -> dict[str, FieldRow]:
    """Every field by its path, in the order of the contract; fields that the reading does not have stand at the end."""
    read, shown = values(view.reading.certificate), values(view.facts)
    places = {entry.field: entry for entry in view.reading.fields}
    states_read = {path: entry.state for path, entry in places.items()}
    decisions = {one.field: one for one in view.holding if one.action in FIELD_ACTIONS}
    differing = {point.field for point in view.points if point.kind is PointKind.DIFFERENCE}
    paths = dict.fromkeys((*read, *(path for path in places if parts(path)), *(path for path in decisions if path)))
    found = {}
    for anchor, path in enumerate(paths, start=1):
        place, decision = places.get(path), decisions.get(path)
        state = state_of(path, read, states_read)
        shown_state = decision.state if decision is not None and decision.state is not None else state
        if path in ("protocol", "role") and decision is None and text_of(shown.get(path)) != text_of(read.get(path)):
            shown_state = FieldState.READ
        found[path] = FieldRow(
            path=path,
            label=_label(path),
            anchor=anchor,
            read=text_of(read.get(path)),
            read_state=state,
            value=text_of(shown.get(path)),
            state=shown_state,
            place=place,
            line=where(place, lines),
            decision=decision,
            differs=path in differing,
        )
    return found


def missed_path(table: str, row: str) -> str | None:
    """The path of a row of one of `MISSABLE`; None where that can be none."""
    name = " ".join(row.split())
    if table not in MISSABLE or not name:
        return None
    return f"performance.{name}.{table}" if table.endswith("_seconds") else f"{table}.{name}"


def missed(path: str, anchor: int) -> FieldRow | None:
    """A row of a table that the reading does not have, to be written in; None where `path` can be none."""
    if parts(path) is None:
        return None
    return FieldRow(path, _label(path), anchor, None, FieldState.ABSENT, None, FieldState.ABSENT, None, None, None, differs=False)


def sections(found: Mapping[str, FieldRow]) -> tuple[tuple[str, tuple[FieldRow, ...]], ...]:
    """The fields by the parts of a certificate, those without any left out."""
    grouped = []
    for title, names in SECTIONS:
        if isinstance(names, str):
            chosen = tuple(row for path, row in found.items() if path.partition(".")[0] == names and path not in SCALAR_FIELDS)
        else:
            chosen = tuple(found[name] for name in names if name in found)
        if chosen:
            grouped.append((wording.say(title), chosen))
    return tuple(grouped)


def sheets(view: ReviewView, found: Iterable[FieldRow]) -> tuple[Sheet, ...]:
    """The pages with the boxes on them; nothing for a document without pictures."""
    boxed = [row for row in found if row.place is not None and row.place.box is not None]
    return tuple(
        Sheet(
            number,
            width,
            height,
            tuple((row, _rect(row.place, BOX_MARGIN)) for row in boxed if row.place is not None and row.place.page == number),
        )
        for number, (width, height) in enumerate(view.sizes, start=1)
    )


def close_up(view: ReviewView, row: FieldRow) -> Rect | None:
    """The part of the page around a value, as wide as can be read; None where there is no picture of it."""
    place = row.place
    if place is None or place.box is None or place.page is None or not 1 <= place.page <= len(view.sizes):
        return None
    width, height = view.sizes[place.page - 1]
    left, top, right, bottom = place.box
    wide = min(width, max(CLOSE_UP_WIDTH, right - left + ROOM_FOR_LABEL))
    begin = max(0.0, min(right + CLOSE_UP_MARGIN, width) - wide)
    above = max(0.0, top - CLOSE_UP_MARGIN)
    return Rect(round(begin, 1), round(above, 1), round(wide, 1), round(min(height, bottom + CLOSE_UP_MARGIN) - above, 1))


def box(row: FieldRow) -> Rect | None:
    """The box of a value itself."""
    return _rect(row.place, BOX_MARGIN) if row.place is not None and row.place.box is not None else None


def first_open(points: Sequence[Point], after: str | None = None) -> Point | None:
    """The next point to look at: the one behind `after` in their order, else the first."""
    unsettled = [point for point in points if point.decision is None]
    order = [point.field for point in points]
    if after in order:
        later = {point.field for point in points[order.index(after) + 1 :]}
        return next((point for point in unsettled if point.field in later), unsettled[0] if unsettled else None)
    return unsettled[0] if unsettled else None


def point_label(field: str | None) -> str:
    """What a decision or a point is about, in words."""
    if field is None:
        return _("The document")
    return _("Finding") if is_finding(field) else _label(field)


def state_choices(path: str) -> dict[FieldState, str]:
    """What can be said of a field, with the words for it."""
    return {state: wording.say(STATE_CHOICES[state]) for state in states(path)}


def input_type(path: str) -> str:
    """The kind of box that a value is written into."""
    return {FieldType.SECONDS: "number", FieldType.DATE: "date", FieldType.CHOICE: "choice"}.get(field_type(path), "text")


def words(path: str) -> tuple[str, ...]:
    """The words that a choice offers; "N/A" is a state of its own there."""
    return tuple(word for word in choices(path) if word != "N/A")


def said(value: str | None, state: FieldState | None) -> str:
    """A value, or the words of the state that stands in its place."""
    if value is not None:
        return value
    return wording.STATE_WORDS.get(str(state), _("nothing"))


def _label(path: str) -> str:
    return wording.field_label(path)


def _rect(place: Provenance | None, margin: float) -> Rect:
    left, top, right, bottom = (place.box if place is not None else None) or (0.0, 0.0, 0.0, 0.0)
    return Rect(round(left - margin, 1), round(top - margin, 1), round(right - left + 2 * margin, 1), round(bottom - top + 2 * margin, 1))
