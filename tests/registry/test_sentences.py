"""Sentences that know what they are made of, and that are found again by their templates where only their text was kept."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.sentences import Joined, KeptSentence, KeptWord, Listed, Sentence, Templates
from tests import texts

KEPT, WORDS = (sorted(str(message.id) for message in texts.kept() if message.context == kind.context) for kind in (KeptSentence, KeptWord))
PLACE = re.compile(r"%\((\w+)\)s")
NAMES = st.text(st.sampled_from("ABCXYZ0189-"), min_size=1, max_size=12)
"""Names and numbers as data has them, in which no words of ours stand."""


def some_values(template: str) -> dict[str, str]:
    """A value for each place."""
    return {name: "no evidence" if name.endswith("_text") else f"A-{number}" for number, name in enumerate(PLACE.findall(template))}


def filled(template: str, data: st.DataObject, values: st.SearchStrategy[str] = NAMES) -> KeptSentence:
    """The template with values; what has to be a sentence of ours is one without values."""
    made: dict[str, object] = {}
    for name in dict.fromkeys(PLACE.findall(template)):
        made[name] = KeptSentence("no evidence") if name.endswith("_text") else data.draw(values)
    return KeptSentence(template, **made)


WITH_A_PART = Templates([*KEPT, "no evidence"], WORDS)


def test_a_sentence_is_the_text_that_it_says() -> None:
    made = Sentence("%(name)s is 100%% of %(what_words)s", name="A", what_words=Listed(["B", "C"]))
    assert made == "A is 100% of B and C"
    assert json.loads(json.dumps({"said": made})) == {"said": "A is 100% of B and C"}
    assert made.template == "%(name)s is 100%% of %(what_words)s"


@pytest.mark.parametrize("words", [[], ["A"], ["A", "B"], ["A", "B", "C"]])
def test_a_list_reads_as_people_say_it(words: list[str]) -> None:
    assert Listed(words) == {0: "", 1: "A", 2: "A and B", 3: "A, B and C"}[len(words)]


def test_what_is_made_of_our_words_must_not_pass_for_data() -> None:
    with pytest.raises(TypeError, match="_text"):
        Sentence("for %(reason)s", reason=Sentence("a reason"))


def test_it_goes_to_another_process_with_what_it_is_made_of() -> None:
    made = KeptSentence("%(name)s: %(why_text)s", name="5 %", why_text=Joined("; ", [Sentence("one"), "two"]))
    back = pickle.loads(pickle.dumps(made))  # noqa: S301 (its own)
    assert (type(back), back, back.template, dict(back.values)) == (KeptSentence, made, made.template, made.values)
    assert [type(part) for part in back.values["why_text"].parts] == [Sentence, str]


def found_again(made: KeptSentence) -> bool:
    """Whether it is found by its text alone, with its template and its values."""
    again = WITH_A_PART.again(str(made))
    return isinstance(again, KeptSentence) and (again.template, values(again)) == (made.template, values(made))


def test_every_kept_sentence_is_found_again_with_its_values() -> None:
    each = [KeptSentence(template, **some_values(template)) for template in KEPT]
    assert [made for made in each if not found_again(made)] == []


@given(st.data())
def test_a_kept_sentence_is_found_again_with_whatever_names_are_in_it(data: st.DataObject) -> None:
    assert found_again(filled(data.draw(st.sampled_from(KEPT)), data))


@given(st.data())
def test_whatever_is_found_says_the_same_sign_by_sign(data: st.DataObject) -> None:
    made = filled(data.draw(st.sampled_from(KEPT)), data, st.text(st.sampled_from(" ;.,:()AaBb%s“”and\n"), max_size=30))
    assert WITH_A_PART.again(str(made)) in (None, str(made))


@given(st.lists(st.sampled_from(KEPT), min_size=2, max_size=4), st.sampled_from(["; ", " "]), st.data())
def test_sentences_that_were_put_together_are_found_again(templates: list[str], between: str, data: st.DataObject) -> None:
    made = Joined(between, [filled(template, data) for template in templates])
    again = WITH_A_PART.again(str(made))
    assert again in (None, str(made))
    if between == "; " or all(template.endswith(".") for template in templates):
        assert again is not None


@given(st.text(max_size=200))
def test_what_is_none_of_ours_is_not_taken_for_it(text: str) -> None:
    assert Templates(["The file %(name)s is empty.", "row %(row)s"]).again("so " + text) is None


def test_values_that_can_be_taken_apart_in_two_ways_are_not_taken_apart() -> None:
    found_by = Templates(["%(one)s is not %(other)s."])
    assert found_by.again("A is not B.") == "A is not B."
    assert found_by.again("A is not B is not C.") is None


def test_of_two_that_fit_it_is_the_one_that_says_more_itself() -> None:
    found_by = Templates(["%(name)s is for %(what)s", "%(name)s is for %(what)s, not for %(model)s"])
    again = found_by.again("OCA is for A, not for B")
    assert isinstance(again, KeptSentence)
    assert values(again) == {"name": "OCA", "what": "A", "model": "B"}


def test_a_long_text_costs_no_time() -> None:
    found_by = Templates(["%(a)s, %(b)s, %(c)s, %(d)s: end", "%(a)s %(b_text)s"])
    assert found_by.again(", " * 1_900) is None
    assert found_by.again("a. " * 1_300) is None


def values(of: Sentence) -> Mapping[str, str]:
    """The values as texts."""
    return {name: str(value) for name, value in of.values.items()}
