"""Documents printed, and scanned with the faults of scanners: skew, noise, uneven light, the losses of JPEG."""

from __future__ import annotations

import io
import random

import pypdfium2
from PIL import Image, ImageChops, ImageFilter


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


def scan(pdf: bytes, dpi: int, name: str) -> bytes:
    """The document as a PDF that holds pictures of its pages and nothing else. `name` decides the faults."""
    dice = random.Random(name)
    document = pypdfium2.PdfDocument(pdf)
    try:
        sheets = [_scanned(page.render(scale=dpi / 72).to_pil(), dice) for page in document]
    finally:
        document.close()
    stream = io.BytesIO()
    sheets[0].save(stream, "PDF", resolution=dpi, save_all=True, append_images=sheets[1:], quality=dice.randint(60, 85))
    return stream.getvalue()
