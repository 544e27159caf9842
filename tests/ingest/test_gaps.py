"""What the picture shows beside and between words: ink that nobody read, blanks that are none, lines without a word."""

from __future__ import annotations

from PIL import Image, ImageDraw

from ingest.readers.gaps import inked, tightened, with_doubts
from ingest.readers.ink import Ink
from ingest.readers.second_look import cuttings
from ingest.readers.votes import Heard, Voted

POINT = 0.24
"""Points of a pixel at 300 dots an inch."""
BASE, SIZE = 100.0, 10.0


def word(text: str, x0: float, x1: float) -> Ink:
    return Ink(text, x0, BASE - 7.2, x1, BASE, BASE, SIZE)


def paper(*marks: tuple[float, float, float, float]) -> Image.Image:
    """White paper with black marks, in points; a pixel of dirt here and there."""
    picture = Image.new("L", (1200, 1000), 255)
    brush = ImageDraw.Draw(picture)
    for mark in marks:
        brush.rectangle(tuple(edge / POINT for edge in mark), fill=0)
    for x in range(7, 1200, 97):
        picture.putpixel((x, 395), 0)
    return picture


def doubted(picture: Image.Image, *inks: Ink) -> list[str]:
    return [ink.text for ink in with_doubts(inked(picture), inks, POINT) if not ink.sure]


LINE = (word("Test", 20, 40), word("Report", 42.8, 70), word("of", 72.8, 80), word("today", 82.8, 110))


def test_words_on_clean_paper_are_in_no_doubt() -> None:
    assert doubted(paper(), *LINE, word("5", 113, 118)) == []


def test_ink_between_two_words_makes_both_doubtful() -> None:
    """An underscore in what was read as a blank."""
    underscore = (40.6, BASE + 0.6, 42.4, BASE + 1.3)
    assert doubted(paper(underscore), *LINE) == ["Test", "Report"]


def test_ink_after_the_last_word_makes_it_doubtful() -> None:
    assert doubted(paper((112, BASE - 7, 115, BASE)), *LINE) == ["today"]
    assert doubted(paper((12, BASE - 7, 15, BASE)), *LINE) == ["Test"]


def test_a_blank_too_narrow_beside_a_figure_may_be_none() -> None:
    assert doubted(paper(), *LINE, word("20243", 120, 145), word("29512", 146, 171)) == ["20243", "29512"]


def test_a_blank_far_too_narrow_between_letters_may_be_none() -> None:
    """Type whose letters are all equally wide has gaps in its words."""
    assert doubted(paper(), *LINE, word("Uber", 120, 140), word("landwerk", 141.3, 175)) == ["Uber", "landwerk"]
    assert doubted(paper(), *LINE, word("Uber", 120, 140), word("landwerk", 142, 175)) == []


def test_a_lost_blank_after_a_comma_is_seen() -> None:
    figures = [(200, BASE - 7, 203, BASE), (204, BASE - 1, 205, BASE + 1), (208.5, BASE - 7, 212, BASE)]
    assert doubted(paper(*figures), *LINE, word("1,2", 200, 212)) == ["1,2"]
    close = [(200, BASE - 7, 203, BASE), (204, BASE - 1, 205, BASE + 1), (206, BASE - 7, 209, BASE)]
    assert doubted(paper(*close), *LINE, word("1,2", 200, 209)) == []


def test_a_box_as_high_as_its_line_is_drawn_in_around_the_ink() -> None:
    picture = inked(paper((20, 60, 40, 67.2)))
    x0, top, x1, bottom = tightened(picture, (20.0, 57.0, 40.0, 70.0), POINT)
    assert (x0, x1) == (20.0, 40.0)
    assert abs(top - 60) < 0.5
    assert abs(bottom - 67.4) < 0.5
    assert tightened(picture, (200.0, 57.0, 240.0, 70.0), POINT) == (200.0, 57.0, 240.0, 70.0)


def test_only_doubtful_words_are_looked_at_again_and_found_where_they_stand() -> None:
    page = paper((250, 192.8, 255, 200), (20, 140, 60, 147))
    words = [
        Voted("ChargingScheduleMaxPeriods", 90.0, (20.0, 192.8, 160.0, 200.0), sure=True),
        Voted("a", 6.0, (250.0, 192.8, 255.0, 200.0), sure=False),
        Voted("certain", 96.0, (20.0, 140.0, 60.0, 147.0), sure=True),
    ]
    apart = cuttings(page, words, SIZE, POINT)
    assert apart is not None
    assert len(apart.pieces) == 1
    ink = inked(apart.picture).getbbox()
    assert ink is not None
    seen = Heard("1", 95.0, (ink[0] * POINT, ink[1] * POINT, ink[2] * POINT, ink[3] * POINT))
    (found,) = apart.on_page([seen], POINT)
    assert max(abs(one - two) for one, two in zip(found.box, (250.0, 192.8, 255.0, 200.0), strict=True)) < 0.6
    assert cuttings(page, words[::2], SIZE, POINT) is None
