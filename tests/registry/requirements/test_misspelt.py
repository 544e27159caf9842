"""Models of offers that are certified but for a letter: they are asked about, and neither met nor denied."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import assume, given
from hypothesis import strategies as st

from registry.matching.aliases import Alias, Aliases
from registry.matching.names import bare
from registry.requirements.evaluation import Answer
from registry.requirements.lookup import Finder
from registry.requirements.model import Certified
from tests.registry.requirements.making import CORE, OFFER, SECURITY, judged

WRONG_LETTER = st.tuples(
    st.sampled_from(["Lichtsäule Pro 22", "LECS007-1CH02CW", "Lumina XR"]), st.integers(0, 20), st.sampled_from("aeqz")
)


@given(WRONG_LETTER, st.sampled_from(["replaced", "added", "left out"]), st.booleans())
def test_a_model_with_one_wrong_letter_is_found_and_neither_covered_nor_denied(made: tuple[str, int, str], how: str, names: bool) -> None:
    """Also where the offer names a certificate that is for something else, and rests on that."""
    model, place, letter = made
    place %= len(model)
    assume(model[place].isalpha())
    behind = model[place:] if how == "added" else model[place + 1 :]
    told = model[:place] + ("" if how == "left out" else letter) + behind
    assume(bare(told) != bare(model))
    find = Finder()
    find.add((True, 1), CORE.number, (model, None), ("Lichtwerk", None))
    offer = replace(OFFER, holder="Lichtwerk GmbH", model=told, certificates=(SECURITY.number or "",) if names else ())
    assert find.places(offer) == {(True, 1)}
    covering = replace(CORE, holder="Lichtwerk", designation=model)
    other = replace(SECURITY, holder="Lichtwerk", designation="Another 9000")
    verdict = judged(Certified("core", profiles=("Core",)), offer, covering, other)
    assert verdict.answer is Answer.CANNOT_TELL
    assert f"{model}, which differs from {told} by one letter: did you mean that?" in " ".join(verdict.missing)


def test_a_wrong_letter_is_looked_for_under_all_names_of_the_company_and_under_no_others() -> None:
    aliases = Aliases([Alias(1, "Lichtwerk", "Lux", "Said so.", datetime(2026, 1, 1, tzinfo=UTC))])
    find = Finder(aliases=aliases)
    find.add((True, 1), CORE.number, ("Platform X", None), ("Lichtwerk", None))
    assert find.places(replace(OFFER, holder="Lux AG", model="Platfrom X")) == {(True, 1)}
    assert find.places(replace(OFFER, holder="Lumen", model="Platfrom X")) == set()
