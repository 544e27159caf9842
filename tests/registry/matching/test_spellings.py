"""Vendors and models as stations report them and as people copy them: what may be the certified one is neither it nor another."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.certificates.facts import CertificateFacts
from registry.certificates.words import company_key
from registry.matching.aliases import Alias, Aliases
from registry.matching.alone import compare_model
from registry.matching.index import Index
from registry.matching.match import match
from registry.matching.model import Answer, Certified, CurrentList, Device
from registry.matching.names import Same, same_company
from registry.matching.spelling import is_in_other_letters, is_one_letter_apart
from registry.requirements.coverage import covers
from registry.requirements.offers import Held, Offer
from registry.requirements.truth import Truth, all_of
from tests.registry.making import EPOCH
from tests.registry.matching.test_match import DEVICE, FULL, LISTS

LISTING = Path(__file__).parents[3] / "data" / "listing" / "oca_registry_csms_2026-08.csv"
with LISTING.open(encoding="utf-8", newline="") as _rows:
    COMPANIES = sorted({row["company"] for row in csv.DictReader(_rows)})
LONG = [name for name in COMPANIES if len(" ".join(name.split())) > 20]
CUT = [
    ("Acme Power Solutions", "Acme Power Solutions Korea Co., Ltd."),
    ("Testwerk Energy GmbH", "Testwerk Energy GmbHolding AG"),
    ("Siemens Mobility AGr", "Siemens Mobility AGricultural GmbH"),
    ("Luoyang Grasen Power", "LUOYANG GRASEN POWER TECHNOLOGY CO., LTD."),
    ("Ningbo Sanxing Smart", "Ningbo Sanxing Smart Electric Co., Ltd."),
    ("Elektrizitätswerkege", "Elektrizitätswerkegesellschaft mbH"),
    ("Straßenbeleuchtung N", "Straßenbeleuchtung Nord AG"),
    ("Grid  Works Energy Su", "Grid Works Energy Supply"),
]


def own(vendor: str) -> Certified:
    """A certificate of that vendor, for another product."""
    return replace(FULL, number="OCA.0016.7777.CS", holder=vendor, designation="ZZ-1", model="ZZ-1", software_version="9")


@pytest.mark.parametrize(("vendor", "holder"), CUT)
@pytest.mark.parametrize("listed", [{}, LISTS])
def test_a_name_of_twenty_letters_may_be_a_longer_one_or_whole(vendor: str, holder: str, listed: dict[str, CurrentList]) -> None:
    device, longer = replace(DEVICE, vendor=vendor), replace(FULL, holder=holder)
    for certificates in ([longer], [longer, own(vendor)], [longer, own("Somebody Else")]):
        found = match(device, Index(certificates, listed))
        assert (found.answer, found.rule) == (Answer.CANNOT_TELL, "company-cut")
        assert (
            f"of “{holder}”, and the device's vendor is given as “{' '.join(vendor.split())}”, which may be that, cut after 20 letters"
            in found.sentence
        )
    assert match(replace(device, vendor=holder), Index([longer], listed)).answer is Answer.COVERED
    assert match(device, Index([replace(FULL, holder=vendor), longer], listed)).answer is Answer.COVERED
    for model in ("LEX007-1CH02CW (EU)", "LEX007"):
        assert match(replace(device, model=model), Index([longer, own(vendor)], listed)).answer is Answer.CANNOT_TELL


def test_a_record_says_that_the_cut_name_is_the_longer_one() -> None:
    vendor, holder = CUT[0]
    recorded = Aliases([Alias(1, holder, vendor, "As its stations report it.", EPOCH)])
    found = match(replace(DEVICE, vendor=vendor), Index([replace(FULL, holder=holder)], LISTS, recorded))
    assert found.answer is Answer.COVERED
    assert f"“{vendor}” is recorded as another name of “{holder}”" in found.sentence


def test_of_two_longer_names_each_is_told() -> None:
    two = [replace(FULL, number=f"OCA.0016.900{number}.CS", holder=f"Acme Power Solutions {where}") for number, where in enumerate("NS")]
    found = match(replace(DEVICE, vendor="Acme Power Solutions"), two)
    assert [reason.rule for reason in found.reasons] == ["company-cut", "company-cut"]


@given(st.sampled_from(LONG), st.sampled_from(LONG), st.booleans(), st.sampled_from([{}, LISTS]))
def test_no_company_of_the_list_is_another_when_it_is_cut(name: str, other: str, also: bool, listed: dict[str, CurrentList]) -> None:
    """Covered only where what was cut off tells nothing apart, as a legal form; denied never, whatever else is certified."""
    vendor = " ".join(name.split())[:20]
    certificates = [replace(FULL, holder=name), *([own(other)] if also else [])]
    found = match(replace(DEVICE, vendor=vendor), Index(certificates, listed))
    assert found.answer is (Answer.COVERED if same_company(vendor, name) is Same.YES else Answer.CANNOT_TELL)


SUFFIXES = ["-EU", "_SN12345", "-SN12345", "/EU", ":1", "+LTE", " rev.B", "-R", ".2", " (EU)", "#7", "/Cloud", "*", "@site", "-2"]
PREFIXES = ["LE-", "LINE_", "Line Electric ", "Line:", "x/"]


MODELS = [f"LEX007-1CH02CW{suffix}" for suffix in SUFFIXES] + [f"{prefix}LEX007-1CH02CW" for prefix in PREFIXES]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("firmware", ["1.3.337", None, "unknown"])
def test_a_model_with_more_around_it_may_be_the_certified_one(model: str, firmware: str | None) -> None:
    for listed in ({}, LISTS):
        found = match(replace(DEVICE, model=model, firmware=firmware), Index([FULL], listed))
        assert found.answer is Answer.CANNOT_TELL
        assert found.rule == ("model-punctuation" if model.endswith("*") else "model-part")
    turned = match(replace(DEVICE, firmware=firmware), Index([replace(FULL, designation=model, model=None)], LISTS))
    assert (turned.answer, turned.rule) == (found.answer, found.rule)


@pytest.mark.parametrize("model", ["LEX 007-1CH02CW (EU)", "LEX007/1CH02CW/EU", "Line LEX_007_1CH02CW"])
def test_signs_within_the_part_make_no_difference(model: str) -> None:
    assert match(replace(DEVICE, model=model), Index([FULL], LISTS)).rule == "model-part"


@pytest.mark.parametrize(
    ("model", "rule"),
    [
        ("LEX007-1CHO2CW", "model-letter"),  # O for 0
        ("LEXO07-1CH02CW", "model-letter"),
        ("LEX007-ICH02CW", "model-letter"),  # I for 1
        ("LEX007-1CH02CWB", "model-letter"),
        ("LEX007-1CH02C", "model-letter"),
        ("LEX007-1HC02CW", "model-letter"),
        ("LEX007-1CH02CV", "model-letter"),
        ("LX007-1CH02CW", "model-letter"),
        ("LEX 007 1CHO2CW", "model-letter"),
        ("LEX007-2CH02CW", "other-model"),  # figures tell models apart
        ("LEX070-1CH02CW", "other-model"),
        ("LEX0071-1CH02CW", "other-model"),
        ("LEX007-1CHO2CV", "other-model"),
    ],
)
def test_a_letter_may_be_wrong_and_a_figure_tells_models_apart(model: str, rule: str) -> None:
    found = match(replace(DEVICE, model=model), Index([FULL], LISTS))
    assert (found.rule, found.answer is Answer.NOT_COVERED) == (rule, rule == "other-model")
    if rule == "model-letter":
        assert f"is for “LEX007-1CH02CW”, which differs from “{model}” by one letter" in found.sentence
    known = replace(FULL, number="OCA.0016.9009.CS", designation=model, model=None, software_version="2.0")
    found = match(replace(DEVICE, model=model), Index([FULL, known], LISTS))
    assert (found.answer, found.rule) == (Answer.NOT_COVERED, "other-version"), "it is certified as it stands, at another version"


NAMES = st.text(st.sampled_from("ab01"), min_size=4, max_size=7)


@given(NAMES, NAMES)
def test_one_letter_apart_is_what_one_slip_makes(one: str, other: str) -> None:
    """Against all slips that there are, tried one by one."""
    slips: set[tuple[str, str]] = set()
    for place in range(len(one) + 1):
        before, here, after = one[:place], one[place : place + 1], one[place + 1 :]
        slips |= {(before + after, here)} if here else set()
        slips |= {(before + letter + after, here + letter) for letter in "ab01" if here}
        slips |= {(before + letter + here + after, letter) for letter in "ab01"}
        slips |= {(before + after[:1] + here + after[1:], here + after[:1])} if after else set()
    expected = one != other and any(result == other and not changed.isdecimal() for result, changed in slips)
    assert is_one_letter_apart(one, other) == is_one_letter_apart(other, one) == expected


@pytest.mark.parametrize("listed", [{}, LISTS])
def test_a_vendor_with_a_wrong_letter_may_be_the_holder(listed: dict[str, CurrentList]) -> None:
    for vendor in ("Lien Electric", "Lime Electric", "LINEELECTRC"):
        found = match(replace(DEVICE, vendor=vendor, model="LEX-9"), Index([FULL], listed))
        assert (found.answer, found.rule) == (Answer.CANNOT_TELL, "company-alike")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Société Énergie SA", "Societe Energie SA", Same.YES),
        ("Müller GmbH", "Muller", Same.YES),
        ("Ørsted", "Orsted", Same.YES),
        ("Łódź EV", "LODZ EV", Same.YES),
        ("Işık Enerji A.Ş.", "ISIK ENERJI AS", Same.YES),
        ("Acme™ Inc.", "Acme®", Same.YES),
        ("Acme℠", "Acme", Same.YES),
        ("Müller GmbH", "Mueller GmbH", Same.NO),  # may be, and may be another
        ("ガス", "カス", Same.NO),  # what looks like an accent makes another letter
        ("Йорк", "Иорк", Same.NO),
    ],
)
def test_accents_strokes_and_trade_marks_are_spelling_for_matching_and_pages(one: str, other: str, same: Same) -> None:
    assert same_company(one, other) is same
    assert (company_key(one) == company_key(other)) == (same is Same.YES)
    certificate = replace(FULL, holder=one)
    expected = Answer.COVERED if same is Same.YES else Answer.CANNOT_TELL
    assert match(replace(DEVICE, vendor=other), Index([certificate], LISTS)).answer is expected
    for model in ("LEX007-1CH02CW (EU)", "ZZ-1"):
        found = match(replace(DEVICE, vendor=other, model=model), Index([certificate], LISTS))
        assert (found.answer is Answer.NOT_COVERED) == (model == "ZZ-1" and same is Same.YES)


@pytest.mark.parametrize("vendor", ["Other", "Generic", "Unknown vendor", "Not listed", "Sonstige", "autre", "generic_ocpp"])
def test_a_word_that_names_no_vendor_accuses_nobody(vendor: str) -> None:
    assert match(replace(DEVICE, vendor=vendor, model="ZZ-1"), Index([FULL], LISTS)).rule == "names-none"
    assert match(replace(DEVICE, vendor=vendor), Index([replace(FULL, holder=vendor)], LISTS)).answer is Answer.COVERED


@pytest.mark.parametrize(
    "model",
    [
        *("Wallbox", "AC charger", "Type 2", "OCPP 1.6 charger", "Unknown model", "Ladestation 22 kW", "DC"),
        # So it is with what it can, as people write that.
        *("7kW AC charger", "AC7.4kW", "7,4kW", "DC50kW CCS2 + CHAdeMO", "Wallbox 11kW Typ2 5m Kabel", "EVSE 32A", "Level 2 EVSE 48 A"),
    ],
)
def test_a_word_that_names_no_model_accuses_nobody(model: str) -> None:
    device = replace(DEVICE, model=model)
    assert match(device, Index([FULL], LISTS)).rule == "names-none"
    assert match(device, Index([replace(FULL, designation=model, model=None)], LISTS)).answer is Answer.COVERED
    assert truth_of(device) is Truth.UNKNOWN
    assert compare_model(FULL.designation, FULL.model, model).same is Same.UNCLEAR


@pytest.mark.parametrize("model", ["AC22", "EVSE-32X", "ZZ 32A", "32A", "AC charger V2"])
def test_a_figure_beside_other_letters_still_makes_another_model(model: str) -> None:
    assert match(replace(DEVICE, model=model), Index([FULL], LISTS)).answer is Answer.NOT_COVERED


def truth_of(device: Device) -> Truth:
    """Whether the certificate is of the device, by the requirement sets."""
    facts = CertificateFacts(holder=FULL.holder, designation=FULL.designation, software_version=FULL.software_version)
    offer = Offer(holder=device.vendor, model=device.model, software_version=device.firmware)
    return all_of(seen.truth for seen in covers(offer, Held(facts)))


@pytest.mark.parametrize("vendor", ["LE", "The Line Electric", "Electric", "Line", "Line Electric Korea", "Zeta"])
def test_a_product_with_more_around_its_name_may_be_that_of_a_company_written_otherwise(vendor: str) -> None:
    device = replace(DEVICE, vendor=vendor, model="LEX007-1CH02CW (EU)")
    assert match(device, Index([FULL], LISTS)).rule == "others-alike"
    assert match(device, Index([FULL, own(vendor)], LISTS)).answer is Answer.CANNOT_TELL
    unlike = match(replace(device, model="QX-1"), Index([FULL, own(vendor)], LISTS))
    assert unlike.answer is (Answer.NOT_COVERED if vendor == "Zeta" else Answer.CANNOT_TELL), "he may go by the other name as well"


STATION = {"CS": CurrentList(1, date(2026, 5, 4))}


@pytest.mark.parametrize(
    ("vendor", "model"),
    [
        ("에이프로", "APRO 2"),
        ("에이프로", "에이프로 CSMS"),
        ("A-Pro", "에이프로 CSMS"),
        ("주식회사 에이프로", "X-1"),
        ("宁波三星", "X-1"),
        ("Элтек", "X-1"),
        ("Ελέκτρα", "X-1"),
        ("A-Pro 에이프로", "X-1"),
    ],
)
@pytest.mark.parametrize("also", [[], ["에이프로"]])
def test_of_names_in_other_letters_than_the_lists_nothing_is_denied(vendor: str, model: str, also: Sequence[str]) -> None:
    listed = replace(FULL, document=False, holder="A-Pro Co. LTD.", designation="APRO CSMS", model=None, profiles=())
    found = match(Device(vendor, model, "1.0"), Index([listed, *map(own, also)], STATION))
    assert found.answer is Answer.CANNOT_TELL
    assert found.rule == "other-letters"
    assert is_in_other_letters(vendor, model)


@pytest.mark.parametrize(
    "vendor", [*COMPANIES, "Électricité de Strasbourg", "ŁÓDŹ Energia", "ＡＢＣ　Ｐｏｗｅｒ", "주식회사 Apro", "A-Pro (에이프로)", "3M"]
)
def test_latin_letters_are_the_lists_with_all_their_signs(vendor: str) -> None:
    assert not is_in_other_letters(vendor, "Säule-1 Ø")


@pytest.mark.parametrize("model", ["APRO CSMS/Cloud", "APRO CSMS-2", "A-Pro APRO CSMS"])
def test_a_row_of_the_list_may_be_meant_by_a_longer_name(model: str) -> None:
    row = replace(FULL, document=False, holder="A-Pro Co. LTD.", designation="APRO CSMS", model=None, profiles=(), role="CSMS")
    found = match(Device("A-Pro", model, "1.0.0", role="CSMS"), Index([row], {"CSMS": CurrentList(293, date(2026, 8, 1))}))
    assert (found.answer, found.rule) == (Answer.CANNOT_TELL, "model-part")
