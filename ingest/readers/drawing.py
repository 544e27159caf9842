"""What a page draws, in the order of the drawing, without what nobody can see: unseen letters, hidden layers, clear paint.

The PDF library gives every letter that stands in a page's content. A viewer shows fewer: letters may be written to be searched and not
to be seen, stand in a layer that is off, have no more colour than their ground, or lie under what is painted later.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pdfminer.converter import PDFPageAggregator
from pdfminer.layout import LTChar, LTComponent, LTPage
from pdfminer.pdfcolor import PDFColorSpace
from pdfminer.pdfdevice import PDFTextSeq
from pdfminer.pdffont import PDFFont
from pdfminer.pdfinterp import PDFGraphicState, PDFPageInterpreter, PDFStackT, PDFTextState
from pdfminer.pdftypes import PDFObjRef, PDFStream, resolve1, stream_value
from pdfminer.psparser import PSLiteral, literal_name
from pdfminer.utils import Matrix, PathSegment, apply_matrix_pt, translate_matrix
from pdfplumber.page import Page as PlumberPage
from pdfplumber.pdf import PDF

from ingest.readers.letters import Letter
from registry.certificates.facts import Box

logging.getLogger("pdfminer").addHandler(logging.NullHandler())
"""What the library finds wrong with a document is told in one line by whoever reads it, or does not matter."""
_UNSEEN = frozenset({3, 7})
"""PDF's text rendering modes for letters that are not painted."""
_CLEAR = 0.15
"""Opacity up to which paint is not seen."""
_SOLID = 0.9
"""Opacity from which on paint hides what is under it."""
_CONTRAST = 0.05
"""Difference of lightness from its ground up to which a letter is not seen."""
_HIDDEN, _WHOLE = 0.1, 0.75
"""Share of a letter inside the clip up to which it is not seen, and from which on it can be read."""
_BAND = 16.0
_UNPARTED = re.compile(rb"(\bID\s[!-u\s]*~>)EI(?=\s|$)")
"""A picture inside a stream in ASCII85, whose end and the operator after it touch."""


class _State(PDFGraphicState):
    """The state of the library with the opacity of fills, and whether they hide what they are painted on."""

    def __init__(self) -> None:
        super().__init__()
        self.opacity = 1.0
        self.blends = False
        self.clip: Box | None = None
        """What is outside of it is not painted; left, lower, right and upper edge."""

    def copy(self) -> _State:
        """As the library's, much faster."""
        found = _State.__new__(_State)
        found.__dict__.update(self.__dict__)
        return found


def _with_images_ended(stream: PDFStream) -> PDFStream:
    """The stream, a blank put between the data of a picture inside it and the operator that ends it.

    The library looks for that blank, which nothing demands, and passes over all until the next one: the picture, and what is drawn on it.
    """
    data: bytes = stream.get_data()
    if b"~>EI" not in data or stream.objid is None:
        return stream
    mended = PDFStream({}, _UNPARTED.sub(rb"\1 EI", data))
    mended.set_objid(stream.objid, stream.genno or 0)
    return mended


class _Interpreter(PDFPageInterpreter):
    """Follows opacity and layers, which the library passes over."""

    device: _Device
    outer: _State | None = None

    def init_state(self, ctm: Matrix) -> None:
        """What is drawn inside a form is no more opaque than the form."""
        super().init_state(ctm)
        state = _State()
        if self.outer is not None:
            state.opacity, state.blends, state.clip = self.outer.opacity, self.outer.blends, self.outer.clip
        self.graphicstate = state
        self.marks: list[bool] = []

    def execute(self, streams: Sequence[object]) -> None:
        """Draws what the streams say."""
        super().execute([_with_images_ended(stream_value(stream)) for stream in streams])

    def subinterp(self) -> PDFPageInterpreter:
        """For a form: it begins with the opacity under which it is drawn."""
        found = super().subinterp()
        if isinstance(found, _Interpreter) and isinstance(self.graphicstate, _State):
            found.outer = self.graphicstate
        return found

    def do_gs(self, name: PDFStackT) -> None:
        """Opacity and blending."""
        given = resolve1((resolve1((self.resources or {}).get("ExtGState")) or {}).get(literal_name(name)))
        state = self.graphicstate
        if not isinstance(given, dict) or not isinstance(state, _State):
            return
        opacity, blend = resolve1(given.get("ca")), resolve1(given.get("BM"))
        if isinstance(opacity, int | float):
            state.opacity = float(opacity) * (self.outer.opacity if self.outer is not None else 1.0)
        if blend is not None:
            state.blends = getattr(blend, "name", "") not in ("Normal", "Compatible")

    def do_W(self) -> None:  # noqa: N802 - the library names it so
        """From now on only what is inside the path is painted."""
        state = self.graphicstate
        points = [apply_matrix_pt(self.ctm, point) for point in _points(self.curpath)]
        if points and isinstance(state, _State):
            xs, ys = [x for x, _ in points], [y for _, y in points]
            edge = state.clip or (min(xs), min(ys), max(xs), max(ys))
            state.clip = max(edge[0], min(xs)), max(edge[1], min(ys)), min(edge[2], max(xs)), min(edge[3], max(ys))

    do_W_a = do_W  # noqa: N815 - the library names it so

    def do_sh(self, _name: object) -> None:
        """Paint that the library does not give: what stands on it, nobody knows."""
        self.device.shaded = True

    def do_Do(self, xobjid_arg: PDFStackT) -> None:  # noqa: N802 - the library names it so
        """A form or a picture, unless its layer is off."""
        state = self.graphicstate
        outer, self.device.solid = self.device.solid, isinstance(state, _State) and state.opacity >= _SOLID and not state.blends
        stream = resolve1(self.xobjmap.get(literal_name(xobjid_arg)))
        off = isinstance(stream, PDFStream) and self.device.is_off(stream.attrs.get("OC"))
        self.device.off += off
        super().do_Do(xobjid_arg)
        self.device.off -= off
        self.device.solid = outer

    def do_BDC(self, tag: PDFStackT, props: PDFStackT) -> None:  # noqa: N802 - the library names it so
        """A marked piece, which may be that of a layer."""
        layer = None
        if isinstance(tag, PSLiteral) and tag.name == "OC" and isinstance(props, PSLiteral):
            layer = (resolve1((self.resources or {}).get("Properties")) or {}).get(props.name)
        self._mark(self.device.is_off(layer))

    def do_BMC(self, _tag: PDFStackT) -> None:  # noqa: N802 - the library names it so
        """A marked piece."""
        self._mark(False)

    def do_EMC(self) -> None:  # noqa: N802 - the library names it so
        """The end of a marked piece."""
        if self.marks:
            self.device.off -= self.marks.pop()

    def _mark(self, off: bool) -> None:
        self.marks.append(off)
        self.device.off += off


class _Device(PDFPageAggregator):
    """The library's list of what is drawn, without what is not painted."""

    def __init__(self, rsrcmgr: Any, hidden_layers: frozenset[int]) -> None:
        super().__init__(rsrcmgr)
        self.hidden_layers = hidden_layers
        self.off = 0
        self.solid = True
        self.shaded = False
        self.painted = True
        self.veils: set[int] = set()
        """Boxes and pictures (by id) through which can be seen what is under them."""
        self.clip: Box | None = None
        self.cut: set[int] = set()
        """Letters (by id) of which a part is not painted, or that unpainted ones of the same string follow."""
        self.begun, self.broken = 0, False
        """Where the string began, and whether the letters before are unseen."""

    def is_off(self, layer: object) -> bool:
        """Whether the layer, or every layer of the group, is not shown."""
        if not self.hidden_layers or layer is None:
            return False
        if isinstance(layer, PDFObjRef) and layer.objid in self.hidden_layers:
            return True
        group = resolve1(layer)
        members = resolve1(group.get("OCGs")) if isinstance(group, dict) else None
        members = members if isinstance(members, list) else [group.get("OCGs")] if members is not None else []
        return bool(members) and all(isinstance(one, PDFObjRef) and one.objid in self.hidden_layers for one in members)

    def render_string(self, textstate: PDFTextState, seq: PDFTextSeq, ncs: PDFColorSpace, graphicstate: PDFGraphicState) -> None:
        """Letters, with their mode."""
        opaque = getattr(graphicstate, "opacity", 1.0) > _CLEAR
        self.painted = opaque and not self.off and getattr(textstate, "render", 0) not in _UNSEEN
        self.clip = getattr(graphicstate, "clip", None)
        self.begun, self.broken = len(self.cur_item._objs), False
        super().render_string(textstate, seq, ncs, graphicstate)

    def render_char(
        self,
        matrix: Matrix,
        font: PDFFont,
        fontsize: float,
        scaling: float,
        rise: float,
        cid: int,
        ncs: PDFColorSpace,
        graphicstate: PDFGraphicState,
    ) -> float:
        """A letter; its place is that of the line on which it stands, raised or not."""
        advance = super().render_char(matrix, font, fontsize, scaling, rise, cid, ncs, graphicstate)
        letter = self.cur_item._objs[-1]
        shown = _share_inside(letter, self.clip) if self.clip is not None else 1.0
        if not self.painted or shown < _HIDDEN:
            self.cur_item._objs.pop()
            if isinstance(letter, LTChar) and not letter.get_text().isspace():
                self._break_off()
            return advance
        if shown < _WHOLE or self.broken:
            self.cut.add(id(letter))
            self.broken = False
        if rise and isinstance(letter, LTChar):
            letter.matrix = translate_matrix(matrix, (0.0, rise))
        return advance

    def _break_off(self) -> None:
        """A letter of the string is not seen: nobody knows the one before it for the last, or the one after it for the first."""
        seen = [letter for letter in self.cur_item._objs[self.begun :] if isinstance(letter, LTChar) and not letter.get_text().isspace()]
        self.cut |= {id(letter) for letter in seen[-1:]}
        self.broken = bool(seen) or self.painted

    def paint_path(self, gstate: PDFGraphicState, stroke: bool, fill: bool, evenodd: bool, path: Sequence[PathSegment]) -> None:
        """Strokes and fills."""
        opacity = getattr(gstate, "opacity", 1.0)
        if self.off or opacity <= _CLEAR:
            return
        before = len(self.cur_item._objs)
        super().paint_path(gstate, stroke, fill, evenodd, path)
        if opacity < _SOLID or getattr(gstate, "blends", False):
            self.veils |= {id(item) for item in self.cur_item._objs[before:]}

    def render_image(self, name: str, stream: PDFStream) -> None:
        """A picture."""
        if self.off:
            return
        super().render_image(name, stream)
        if not self.solid or any(stream.attrs.get(key) for key in ("SMask", "Mask", "ImageMask")):
            self.veils.add(id(self.cur_item._objs[-1]))


def _points(path: Sequence[PathSegment]) -> Iterator[tuple[float, float]]:
    """The corners of a path, before its coordinates are those of the page."""
    for segment in path:
        numbers = [float(number) for number in segment[1:]]
        yield from zip(numbers[::2], numbers[1::2], strict=True)


def _share_inside(item: LTComponent, clip: Box) -> float:
    """How much of a letter is inside, by the worse of its width and the height of its body."""
    quarter = 0.25 * item.height
    across = min(item.x1, clip[2]) - max(item.x0, clip[0])
    up = min(item.y1 - quarter, clip[3]) - max(item.y0 + quarter, clip[1])
    return min(across / item.width if item.width else float(across >= 0), up / (2 * quarter) if quarter else float(up >= 0))


@dataclass(frozen=True)
class Drawn:
    """What a page draws. `veils`: boxes and pictures (by id) that do not hide what is under them. `shaded`: it has grounds nobody knows.

    `cut`: letters (by id) of which only a part can be seen.
    """

    layout: LTPage
    veils: frozenset[int]
    cut: frozenset[int]
    shaded: bool


def drawn(page: PlumberPage, hidden_layers: frozenset[int]) -> Drawn:
    """Everything that is painted on the page, in the order of the drawing."""
    device = _Device(page.pdf.rsrcmgr, hidden_layers)
    _Interpreter(page.pdf.rsrcmgr, device).process_page(page.page_obj)
    layout: LTPage = device.get_result()
    return Drawn(layout, frozenset(device.veils), frozenset(device.cut), device.shaded)


def hidden_layers(pdf: PDF) -> frozenset[int]:
    """The object numbers of the layers that a viewer does not show."""
    layers = resolve1(pdf.doc.catalog.get("OCProperties"))
    usual = resolve1(layers.get("D")) if isinstance(layers, dict) else None
    if not isinstance(layers, dict) or not isinstance(usual, dict):
        return frozenset()
    off = _numbers(usual.get("OFF"))
    if getattr(resolve1(usual.get("BaseState")), "name", "ON") == "OFF":
        off = (_numbers(layers.get("OCGs")) | off) - _numbers(usual.get("ON"))
    return off


def _numbers(references: object) -> frozenset[int]:
    found = resolve1(references)
    return frozenset(one.objid for one in found if isinstance(one, PDFObjRef)) if isinstance(found, list) else frozenset()


@lru_cache(maxsize=512)
def lightness(color: object, space: str) -> float | None:
    """From 0 for black to 1 for white; None for a colour that only its device knows."""
    if space in ("Separation", "Indexed", "DeviceN", "Lab", "Pattern"):
        return None
    parts = color if isinstance(color, tuple) else (color,)
    numbers = [float(part) for part in parts if isinstance(part, int | float)]
    if len(numbers) != len(parts):
        return None
    if len(numbers) == 1:
        return numbers[0]
    if len(numbers) == 3:
        return 0.3 * numbers[0] + 0.59 * numbers[1] + 0.11 * numbers[2]
    if len(numbers) == 4:
        return (1 - numbers[3]) * (1 - 0.3 * numbers[0] - 0.59 * numbers[1] - 0.11 * numbers[2])
    return None


@lru_cache(maxsize=512)
def color_name(color: object, space: str) -> str:
    """One name for the same grey in whatever way it is given; any other colour by its numbers."""
    light = lightness(color, space)
    numbers = [round(float(part), 3) for part in (color if isinstance(color, tuple) else (color,)) if isinstance(part, int | float)]
    grey = light is not None and (len(numbers) == 1 or len(set(numbers[:3])) == 1)
    return f"{light:.2f}" if grey else f"{space} {color}"


@dataclass(frozen=True)
class _Fill:
    """A painted box: its place, its lightness (None: unknown), how many letters were drawn before it, and whether it hides them."""

    box: Box
    light: float | None
    after: int
    hides: bool


@dataclass
class Grounds:
    """The painted boxes of a page and the letters among them, to tell which letters can be seen."""

    fills: list[_Fill] = field(default_factory=list)
    lights: list[float | None] = field(default_factory=list)
    """The lightness of each letter."""

    def paint(self, box: Box, light: float | None, *, hides: bool) -> None:
        """A box is painted over everything before it."""
        self.fills.append(_Fill(box, light, len(self.lights), hides))

    def unseen(self, letters: Sequence[Letter], shaded: bool) -> tuple[set[int], set[int]]:
        """The letters (by place in the list) that have the colour of their ground, and those that something was painted over."""
        alike = {light: self._alike(light) for light in set(self.lights)}
        pale: set[int] = set()
        for index, light in enumerate(self.lights):
            if not alike[light] or light is None:
                continue
            letter = letters[index]
            under = next((fill for fill in reversed(self.fills) if fill.after <= index and _holds(fill.box, letter)), None)
            ground = 1.0 if under is None else under.light
            if ground is not None and abs(ground - light) <= _CONTRAST and not (shaded and under is None):
                pale.add(index)
        return pale, set(self._covered(letters))

    def _alike(self, light: float | None) -> bool:
        """Whether the paper or a painted box is about as light as that."""
        if light is None:
            return False
        return 1.0 - light <= _CONTRAST or any(fill.light is not None and abs(fill.light - light) <= _CONTRAST for fill in self.fills)

    def _covered(self, letters: Sequence[Letter]) -> Iterator[int]:
        late = [fill for fill in self.fills if fill.after and fill.hides]
        if not late:
            return
        bands: defaultdict[int, list[int]] = defaultdict(list)
        for index, letter in enumerate(letters[: len(self.lights)]):
            bands[int(letter.base // _BAND)].append(index)
        for fill in late:
            for band in range(int(fill.box[1] // _BAND), int(fill.box[3] // _BAND) + 2):
                yield from (index for index in bands.get(band, ()) if index < fill.after and _holds(fill.box, letters[index]))


def _holds(box: Box, letter: Letter) -> bool:
    """Whether the letter's middle is in the box."""
    x, y = (letter.x0 + letter.x1) / 2, letter.base - 0.3 * letter.size
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
