"""What a device says of itself, as stations and people spell it; an audit and the fleet never contradict each other about it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from probes.judge.identity import IdentityRow, identity
from probes.judge.obligations import judge, view_of
from probes.judge.verdicts import Assessment, Verdict, assess
from registry.certificates.facts import CertificateFacts, Severity
from registry.matching.aliases import Alias, Aliases
from registry.matching.index import Index
from registry.matching.match import match
from registry.matching.model import Answer, Certified, CurrentList, Device
from tests.probes.judge.talk import Talk, certificate
from tests.probes.judge.test_verdicts import assessed, errors, station, with_a_passing_case
from tests.registry.making import EPOCH
from tests.registry.matching.test_versions import SEVERAL

HOLDER, PRODUCT, VERSION = "LINE ELECTRIC CO., LTD.", "LEX007-1CH02CW", "V1.3.337"
LONG = "LEX Home Charger Plus 22kW"
TRUSTED = {"holder": HOLDER, "vendor_name": None, "designation": PRODUCT, "model": PRODUCT, "software_version": VERSION}


def booted(vendor: str = "Line Electric", model: str = PRODUCT, firmware: str = VERSION) -> Talk:
    return station(firmware=firmware, chargePointVendor=vendor, chargePointModel=model)


def rows_of(talk: Talk, **facts: str | None) -> dict[str, IdentityRow]:
    rows, _ = identity(talk.view(certificate(**(TRUSTED | facts))))
    return {row.field: row for row in rows}


@pytest.mark.parametrize("told", ["V1.3.337", "1.3.337", "Ver. 1.3.337", "1,3,337", " V 1.3.337 ", "VERSION 1.3.337"])
def test_the_certified_version_in_any_spelling_matches(told: str) -> None:
    assert rows_of(booted(firmware=told))["software_version"].verdict == "match"


@pytest.mark.parametrize(
    "told",
    [
        *("1.3.337 (build 45)", "01.03.337", "1.3.337.0", "1_3_337", "FW:1.03.337", "LEX007_V1.3.337.bin", "1.3.337-rc1", "1.3b337"),
        *(told for told in SEVERAL if told),
    ],
)
def test_a_version_that_may_be_the_certified_one_accuses_nobody(told: str) -> None:
    talk = booted(firmware=told)
    assessment = assessed(talk, certificate(**TRUSTED), with_a_passing_case(talk))
    row = next(row for row in assessment.identity if row.field == "software_version")
    assert (row.verdict, errors(assessment), assessment.verdict) == ("unknown", [], Verdict.INCONCLUSIVE)
    assert told in (row.note or "").replace("\\'", "'")


@pytest.mark.parametrize("told", ["unknown", "latest", "0", "1.2 or later", ""])
def test_a_station_that_names_no_version_is_told_so(told: str) -> None:
    note = rows_of(booted(firmware=told))["software_version"].note
    assert note == f"the device reports {told!r}, which names no one version; certified is 'V1.3.337'"


@pytest.mark.parametrize(
    ("told", "verdict", "words"),
    [
        ("lex007-1ch02cw", "match", None),
        ("LEX007\u20101CH02CW", "match", None),
        ("LEX\u200b007-1CH02CW", "match", None),
        ("LEX0071CH02CW", "unknown", "in other signs"),
        ("LEX007_1CH02CW", "unknown", "in other signs"),
        ("LEX007-1CH02CW-EU", "unknown", "part of or more than"),
        ("LEX007", "unknown", "part of or more than"),
        ("LEX007-1CHO2CW", "unknown", "one letter from"),
        ("에이프로-충전기", "unknown", "not in Latin letters"),
        ("unknown", "unknown", "which names none"),
        ("-", "unknown", "which names none"),
        ("LEX007-2CH02CW", "drift", None),
        ("LEX008", "drift", None),
    ],
)
def test_models_as_stations_spell_them(told: str, verdict: str, words: str | None) -> None:
    talk = booted(model=told)
    assessment = assessed(talk, certificate(**TRUSTED), with_a_passing_case(talk))
    row = next(row for row in assessment.identity if row.field == "model")
    assert row.verdict == verdict
    assert (words or "") in (row.note or "")
    assert errors(assessment) == (["identity/model"] if verdict == "drift" else [])
    concluded = {"match": Verdict.CONFORMANT, "unknown": Verdict.INCONCLUSIVE, "drift": Verdict.DEVIATES}
    assert assessment.verdict is concluded[verdict]


def test_a_model_that_the_protocol_cuts_is_no_proof_and_no_doubt_of_the_station() -> None:
    talk = booted(model=LONG[:20])
    facts = certificate(**(TRUSTED | {"designation": LONG, "model": LONG}))
    assessment = assessed(talk, facts, with_a_passing_case(talk))
    assert assessment.identity[1].verdict == "unknown"
    assert "as much of" in (assessment.identity[1].note or "")
    assert assessment.verdict is Verdict.CONFORMANT


@pytest.mark.parametrize(
    ("certified", "told", "verdict"),
    [
        (HOLDER, "Line Electric", "match"),
        (HOLDER, "LINE  ELECTRIC Co Ltd", "match"),
        (HOLDER, "Line", "unknown"),
        (HOLDER, "Line Electrik", "unknown"),
        (HOLDER, "Line Electric (Shanghai)", "unknown"),
        (HOLDER, "unknown", "unknown"),
        (HOLDER, "라인일렉트릭", "unknown"),
        ("Acme GmbH", "Acme Inc.", "unknown"),
        ("Acme Power Solutions Korea Co., Ltd.", "Acme Power Solutions", "unknown"),
        (HOLDER, "Somebody", "drift"),
    ],
)
def test_vendors_as_stations_spell_them(certified: str, told: str, verdict: str) -> None:
    rows, findings = identity(booted(vendor=told).view(certificate(**(TRUSTED | {"holder": certified}))))
    assert rows[0].verdict == verdict
    assert [finding.severity for finding in findings] == ([] if verdict == "match" else [Severity.WARNING])


VENDORS = st.sampled_from(
    [HOLDER, "Line Electric", "LINE", "Line Electric Inc.", "Line Electric (Korea)", "Lime Electric", "Other", "n/a", "라인"]
)
MODELS = st.sampled_from(
    [PRODUCT, PRODUCT.lower(), "LEX0071CH02CW", "LEX007", "LEX007 1CH02CW EU", "LEX007-1CHO2CW", "LEX008", "TBD", "-", "렉스"]
)
LONG_MODELS = st.sampled_from(
    [LONG, LONG[:20], LONG[:19], LONG.upper()[:20], "LEX Home", "LEX-Home-Charger-Plus-22kW", "LEX Home Charger Plus 11kW"]
)
NUMBERS = st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,3}){0,3}", fullmatch=True)
AROUND = st.sampled_from(
    ["{}", "V{}", "Ver. {}", "{}.bin", "FW {}", "{} or later", "{}+", "{}.x", "{} (build 4)", "{}.1", "{}0", "{}-{}", "LEX_{}"]
)
SIGNS = st.sampled_from([".", ",", "_", "-", " ", "", ".0"])


@st.composite
def versions(draw: st.DrawFn) -> tuple[str, str]:
    """A certified version, and one as it may be told: the same otherwise spelt, another, or none."""
    certified = draw(NUMBERS)
    told = draw(st.one_of(st.just(certified), NUMBERS, st.sampled_from(SEVERAL)))
    return draw(st.sampled_from(["{}", "V{}", "evCloud v{}"])).format(certified), draw(AROUND).replace("{}", told.replace(".", draw(SIGNS)))


@given(st.just(HOLDER) | VENDORS, st.just(PRODUCT) | MODELS, versions())
def test_an_audit_and_the_fleet_never_contradict_each_other(vendor: str, model: str, version: tuple[str, str]) -> None:
    agree(vendor, PRODUCT, model, version)


@given(LONG_MODELS, st.just((VERSION, VERSION)) | versions())
def test_nor_do_they_about_long_names(model: str, version: tuple[str, str]) -> None:
    agree("Line Electric", LONG, model, version)


@given(st.text(max_size=25), st.text(max_size=25), st.text(max_size=12), st.text(max_size=12))
@example("\u0386", "\u0388", "1", "1")
def test_nor_do_they_about_any_text(product: str, model: str, version: str, firmware: str) -> None:
    agree(HOLDER, product, model, (version, firmware))
    agree(model, PRODUCT, PRODUCT, (VERSION, VERSION))


def agree(vendor: str, product: str, model: str, version: tuple[str, str], known_as: tuple[Alias, ...] = ()) -> None:
    """Hold the same words of a device against the same certificate as an audit and as the fleet does: one answer."""
    facts = certificate(**(TRUSTED | {"designation": product, "model": None, "software_version": version[0] or None}))
    rows = {row.field: row.verdict for row in identity(view_of(booted(vendor, model, version[1]).records, facts, known_as=known_as))[0]}
    one = Certified("OCA.0016.9001.CS", HOLDER, product, version[0] or None, "CS", profiles=("Core",))
    found = match(Device(vendor, model, version[1]), Index([one], {"CS": CurrentList(1, date(2026, 5, 4))}, Aliases(known_as)))
    verdicts = set(rows.values())
    if verdicts == {"match"}:
        assert found.answer is Answer.COVERED
    if found.answer is Answer.COVERED:
        assert verdicts == {"match"}
    if found.answer is Answer.NOT_COVERED:
        assert "drift" in verdicts
    others = [name for name, verdict in rows.items() if verdict != "match"]
    if len(others) == 1 and (others != ["vendor"] or rows["vendor"] == "unknown"):
        assert (found.answer is Answer.NOT_COVERED) == (rows[others[0]] == "drift")


NAME, EARLIER = "Trading As", "Formerly Known"
RECORDED = (Alias(1, HOLDER, NAME, "So says its register.", EPOCH), Alias(2, HOLDER, EARLIER, "So says its register.", EPOCH))


def known(talk: Talk, facts: CertificateFacts, *recorded: Alias) -> Assessment:
    runs = with_a_passing_case(talk)
    view = view_of(talk.records, facts, known_as=recorded)
    return assess(view, judge(view), runs)


@pytest.mark.parametrize(
    ("certified", "told", "without", "verdict", "named"),
    [
        (HOLDER, "TRADING AS", "drift", "match", (1,)),
        (NAME, "Line Electric", "drift", "match", (1,)),
        (NAME, EARLIER, "drift", "match", (1, 2)),
        (HOLDER, "Trading As (Korea)", "drift", "unknown", (1,)),
        (HOLDER, "Trading As Power", "drift", "unknown", (1,)),
        (HOLDER, "Line Electric", "match", "match", ()),
        (HOLDER, "Line", "unknown", "unknown", ()),
        (HOLDER, "unknown", "unknown", "unknown", ()),
        (HOLDER, "Somebody", "drift", "drift", ()),
    ],
)
def test_a_recorded_name_of_the_company_counts_and_is_named(
    certified: str, told: str, without: str, verdict: str, named: tuple[int, ...]
) -> None:
    facts = certificate(**(TRUSTED | {"holder": certified}))
    plain = known(booted(vendor=told), facts)
    found = known(booted(vendor=told), facts, *RECORDED)
    row = found.identity[0]
    assert (plain.identity[0].verdict, row.verdict) == (without, verdict)
    assert {alias.id for alias in row.by} == set(named)
    for alias in row.by:
        said = f"{alias.name!r} is another name of {alias.holder!r}, as a reviewer recorded on 2026-01-01"
        assert said in (row.note or "")
        assert any(said in finding.message for finding in found.findings)
        assert (said in found.reason) == (verdict == "match")
    assert (found.verdict, errors(found)) == (Verdict.CONFORMANT, [])


@given(st.just(NAME) | VENDORS | st.text(max_size=25), st.just(PRODUCT) | MODELS, versions())
def test_what_is_recorded_of_names_speaks_for_a_device_and_the_fleet_says_the_same(
    vendor: str, model: str, version: tuple[str, str]
) -> None:
    order = ("drift", "unknown", "match")
    facts = certificate(**(TRUSTED | {"designation": PRODUCT, "model": None, "software_version": version[0]}))
    talk = booted(vendor, model, version[1])
    plain, found = (identity(view_of(talk.records, facts, known_as=names))[0] for names in ((), RECORDED))
    assert order.index(found[0].verdict) >= order.index(plain[0].verdict)
    assert found[1:] == plain[1:]
    assert found == plain or found[0].by
    agree(vendor, PRODUCT, model, version, RECORDED)


@pytest.mark.parametrize(
    ("facts", "vendor", "model", "verdict"),
    [
        ({"kind": "White label"}, "Maker", "M-1", "unknown"),
        ({"kind": "White label"}, "Line Electric", PRODUCT, "match"),
        ({"kind": "White label"}, "Maker", PRODUCT, "unknown"),
        ({"kind": "Family", "vendor_name": HOLDER}, "Line Electric", "M-1", "unknown"),
        ({"kind": "Family", "vendor_name": HOLDER}, "Line Electric", PRODUCT, "match"),
        ({"vendor_name": HOLDER, "designation": "Wallbox Pro"}, "Line Electric", "M-1", "match"),
        ({"vendor_name": HOLDER, "designation": "M-2"}, "Line Electric", "M-1", "unknown"),
        ({}, "Maker", "M-1", "unknown"),
    ],
)
def test_what_a_certificate_names_and_is_not_for_is_left_open(facts: dict[str, str], vendor: str, model: str, verdict: str) -> None:
    own = certificate(**(TRUSTED | {"vendor_name": "Maker", "model": "M-1"} | facts))
    talk = booted(vendor, model)
    found = known(talk, own)
    assert [row.verdict for row in found.identity] == ["match", verdict, "match"]
    assert found.verdict is (Verdict.CONFORMANT if verdict == "match" else Verdict.INCONCLUSIVE)
    assert (f"the certificate is for {own.designation!r} of {HOLDER!r}" in found.reason) == (verdict == "unknown")
    assert errors(found) == []


def test_who_made_what_was_tested_is_the_holder_by_a_record() -> None:
    own = certificate(**(TRUSTED | {"vendor_name": NAME, "model": "M-1", "designation": "Wallbox Pro"}))
    talk = booted(NAME, "M-1")
    assert known(talk, own).identity[1].verdict == "unknown"
    assert known(talk, own, *RECORDED).identity[1].verdict == "match"
