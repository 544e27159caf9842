"""Documents printed, and scanned with the faults of scanners: skew, noise, uneven light, the losses of JPEG, and rarer ones."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

import pypdfium2
from PIL import Image, ImageChops, ImageDraw, ImageFilter


def _noise(size: tuple[int, int], dice: random.Random) -> Image.Image:
    return Image.frombytes("L", size, dice.randbytes(size[0] * size[1]))


def _light(size: tuple[int, int], dice: random.Random) -> Image.Image:
    """A sheet that is darker towards one side, as under a lid that does not close."""
    darkest = dice.randint(185, 225)
    shade = Image.linear_gradient("L").rotate(dice.choice([0, 90, 180, 270])).resize(size)
    return shade.point(lambda value: darkest + value * (255 - darkest) // 255)


def _scanned(page: Image.Image, dice: random.Random) -> Image.Image:
    sheet = page.convert("L")
    sheet = sheet.rotate(dice.uniform(-2, 2), resample=Image.Resampling.BICUBIC, fillcolor=255)
    sheet = ImageChops.multiply(sheet, _light(sheet.size, dice))
    sheet = Image.blend(sheet, _noise(sheet.size, dice), dice.uniform(0.02, 0.08))
    return sheet.filter(ImageFilter.GaussianBlur(dice.uniform(0.2, 0.5)))


def _blurred(page: Image.Image, _: random.Random) -> Image.Image:
    """Out of focus, so that letters run into each other."""
    return page.filter(ImageFilter.GaussianBlur(page.width / 1450))


def _faxed(page: Image.Image, dice: random.Random) -> Image.Image:
    """Black and white alone, with ragged edges."""
    rough = Image.blend(page.filter(ImageFilter.GaussianBlur(0.5)), _noise(page.size, dice), 0.12)
    return rough.point(lambda value: 255 if value > 150 else 0)


def _marked(page: Image.Image, dice: random.Random) -> Image.Image:
    """With ticks, figures and strokes of a pen over and beside the print."""
    sheet, unit = page.copy(), page.width / 2480
    brush = ImageDraw.Draw(sheet)
    for _ in range(40):
        x, y = dice.randint(500, 2200) * unit, dice.randint(200, 3200) * unit
        if dice.random() < 0.5:
            brush.line([(x, y), (x + 12 * unit, y + 18 * unit), (x + 40 * unit, y - 30 * unit)], fill=60, width=max(2, int(5 * unit)))
        else:
            brush.text((x, y), dice.choice("123*ox/-."), fill=50, font_size=dice.choice([24, 34, 44]) * unit)
    return sheet


FAULTS: dict[str, Callable[[Image.Image, random.Random], Image.Image]] = {"blurred": _blurred, "faxed": _faxed, "marked": _marked}


def scan(pdf: bytes, dpi: int, name: str, fault: str = "") -> bytes:
    """The document as a PDF that holds pictures of its pages and nothing else. `name` decides the usual faults; `fault` is one more."""
    dice = random.Random(name)
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = [page.render(scale=dpi / 72).to_pil().convert("L") for page in document]
        sheets = [_scanned(FAULTS[fault](page, dice) if fault else page, dice) for page in pages]
    finally:
        document.close()
    stream = io.BytesIO()
    sheets[0].save(stream, "PDF", resolution=dpi, save_all=True, append_images=sheets[1:], quality=dice.randint(60, 85))
    return stream.getvalue()
