"""Badges and QR codes as SVG: no script, no style, no font or picture from elsewhere, and words for those who do not see them. Pure."""

from __future__ import annotations

import io
from dataclasses import dataclass
from xml.sax.saxutils import escape

import segno

COLOURS = {"good": "#1b6e3c", "bad": "#a4161a", "warn": "#7a4f00", "": "#555a61"}
"""Each with white letters on it has a contrast of more than 4.5 to 1 (WCAG 2.2, 1.4.3)."""

LONGEST_PART = 48
_DARK = ("#2b3038", "#454b54")
_HEIGHT, _PAD, _LETTER = 22, 7, 6.9
_NARROW, _NARROW_LETTERS, _WIDE_LETTERS = 3.9, frozenset("iIjltf.,:;'|! ()"), frozenset("mwMWQOGCDHNU@%")


@dataclass(frozen=True)
class Badge:
    """What a badge says: what it is of, in what respect, and how that stands; `tone` is one of `COLOURS`, `told` the sentence of it all."""

    name: str
    about: str
    state: str
    tone: str
    told: str


def badge_svg(badge: Badge) -> str:
    """The badge. Widths are reckoned and then kept by `textLength`, so that it fits in whatever font there is."""
    parts = [(_short(badge.name), _DARK[0]), (_short(badge.about), _DARK[1]), (_short(badge.state), COLOURS[badge.tone])]
    shown = [(text, colour, _width(text)) for text, colour in parts if text]
    total = sum(width for _, _, width in shown) + 2 * _PAD * len(shown)
    boxes, texts, left = [], [], 0.0
    for text, colour, width in shown:
        boxes.append(f'<rect x="{left:g}" width="{width + 2 * _PAD:g}" height="{_HEIGHT}" fill="{colour}"/>')
        texts.append(f'<text x="{left + _PAD:g}" y="15" textLength="{width:g}" lengthAdjust="spacingAndGlyphs">{escape(text)}</text>')
        left = round(left + width + 2 * _PAD, 1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total:g}" height="{_HEIGHT}" viewBox="0 0 {total:g} {_HEIGHT}" role="img" '
        f'aria-labelledby="title desc"><title id="title">{escape(_clean(badge.name))}</title>'
        f'<desc id="desc">{escape(_clean(badge.told))}</desc>'
        f'<clipPath id="round"><rect width="{total:g}" height="{_HEIGHT}" rx="4"/></clipPath>'
        f'<g clip-path="url(#round)">{"".join(boxes)}</g>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">{"".join(texts)}</g></svg>\n'
    )


def qr_svg(address: str, title: str) -> str:
    """The QR code of an address, on white, so that it is read in the dark, too."""
    out = io.BytesIO()
    code = segno.make(address, error="m", micro=False)
    code.save(
        out, kind="svg", scale=4, light="#fff", xmldecl=False, svgclass=None, lineclass=None, title=_clean(title), desc=_clean(address)
    )
    return out.getvalue().decode() + "\n"


def _short(text: str) -> str:
    plain = " ".join(_clean(text).split())
    return plain if len(plain) <= LONGEST_PART else plain[: LONGEST_PART - 1] + "…"


def _clean(text: str) -> str:
    """Without what XML cannot hold."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _width(text: str) -> float:
    """About how wide the text is in eleven pixels of a common font."""
    wide = sum(
        1.35 * _LETTER if letter in _WIDE_LETTERS or ord(letter) > 0x2E7F else _LETTER for letter in text if letter not in _NARROW_LETTERS
    )
    return round(wide + _NARROW * sum(letter in _NARROW_LETTERS for letter in text), 1)
