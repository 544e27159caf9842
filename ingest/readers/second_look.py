"""The doubtful words of a page cut out and put under each other, so that they are read by themselves.

Tesseract reads a line as one: a figure at the far end of an almost empty line is lost in it. Alone it is read well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image

from ingest.readers.votes import Heard, Voted
from registry.certificates.facts import Box

_TOGETHER = 1.2
"""Letter sizes between two words of a line up to which they are cut out together: the one helps to read the other."""
_SAME_LINE = 0.45
_BESIDE, _ABOVE, _BETWEEN = 0.35, 0.2, 0.5
"""Letter sizes of paper left beside and above a piece, and between two of them."""
_MARGIN = 40


@dataclass(frozen=True)
class Piece:
    """A part of the page, in pixels: where it was cut out, and at which height it stands on the new picture."""

    cut: tuple[int, int, int, int]
    top: int


@dataclass(frozen=True)
class Cuttings:
    """The pieces under each other on one picture."""

    picture: Image.Image
    pieces: tuple[Piece, ...]

    def on_page(self, words: Sequence[Heard], point: float) -> list[Heard]:
        """Words read on the new picture, with their places on the page; `point` is the length of a pixel in points."""
        found = []
        for word in words:
            x0, top, x1, bottom = word.box
            middle = (top + bottom) / 2 / point
            piece = min(self.pieces, key=lambda each: abs(each.top + (each.cut[3] - each.cut[1]) / 2 - middle))
            right, down = (piece.cut[0] - _MARGIN) * point, (piece.cut[1] - piece.top) * point
            found.append(replace(word, box=(x0 + right, top + down, x1 + right, bottom + down)))
        return found


def cuttings(page: Image.Image, words: Sequence[Voted], size: float, point: float) -> Cuttings | None:
    """The doubtful words with their neighbours. None when all words are certain. `size` is that of the letters, in points."""
    boxes = [_around(group) for group in _groups(words, size) if not all(word.sure for word in group)]
    if not boxes:
        return None
    pieces, top = [], _MARGIN
    for x0, above, x1, below in boxes:
        cut = (
            max(0, round((x0 - _BESIDE * size) / point)),
            max(0, round((above - _ABOVE * size) / point)),
            min(page.width, round((x1 + _BESIDE * size) / point)),
            min(page.height, round((below + _ABOVE * size) / point)),
        )
        pieces.append(Piece(cut, top))
        top += cut[3] - cut[1] + round(_BETWEEN * size / point)
    picture = Image.new("L", (2 * _MARGIN + max(piece.cut[2] - piece.cut[0] for piece in pieces), top + _MARGIN), 255)
    for piece in pieces:
        picture.paste(page.crop(piece.cut), (_MARGIN, piece.top))
    return Cuttings(picture, tuple(pieces))


def _groups(words: Sequence[Voted], size: float) -> list[list[Voted]]:
    """The words of each line that stand close together."""
    lines: list[list[Voted]] = []
    for word in sorted(words, key=lambda word: word.box[1] + word.box[3]):
        middle = (word.box[1] + word.box[3]) / 2
        line = next((line for line in lines[-4:] if abs((line[0].box[1] + line[0].box[3]) / 2 - middle) < _SAME_LINE * size), None)
        if line is None:
            lines.append([word])
        else:
            line.append(word)
    groups: list[list[Voted]] = []
    for line in lines:
        line.sort(key=lambda word: word.box[0])
        groups.append(line[:1])
        for word in line[1:]:
            if word.box[0] - max(before.box[2] for before in groups[-1]) > _TOGETHER * size:
                groups.append([])
            groups[-1].append(word)
    return groups


def _around(words: Sequence[Voted]) -> Box:
    boxes = [word.box for word in words]
    return min(box[0] for box in boxes), min(box[1] for box in boxes), max(box[2] for box in boxes), max(box[3] for box in boxes)
