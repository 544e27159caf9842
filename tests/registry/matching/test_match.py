"""Which certificates cover a device: the cases that people meet, each with the rule that decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from registry.matching.index import Index
from registry.matching.match import match
from registry.matching.model import Answer, Certified, CurrentList, Device, Step
from registry.matching.names import Same, same_company

FULL = Certified(
    number="OCA.0016.9001.CS",
    holder="LINE ELECTRIC CO., LTD.",
    designation="LEX007-1CH02CW",
    software_version="V1.3.337",
    role="CS",
    protocol="OCPP 1.6",
    kind="Full",
    model="LEX007-1CH02CW",
    profiles=("Core", "Smart Charging"),
    hardware={
        "Socket(s) / connector(s)": "Single",
        "Fixed cable": "<Yes>",
        "Communication technology": "Ethernet",
        "RFID readers": "Single",
    },
)
SECURITY = replace(FULL, number="OCA.0016.9002.CS", kind="Security", profiles=("Security",))
DEVICE = Device("Line Electric", "LEX007-1CH02CW", "1.3.337")
LISTS = {"CS": CurrentList(2, date(2026, 5, 4))}
LISTED = replace(FULL, document=False, model=None, hardware=None, profiles=())


@pytest.mark.parametrize("firmware", ["V1.3.337", "v1.3.337", "1.3.337", "Ver. 1.3.337", "1,3,337", " V 1.3.337 "])
@pytest.mark.parametrize("vendor", ["LINE ELECTRIC CO., LTD.", "line electric", "Line Electric Co Ltd", "LINE  ELECTRIC (LE)"])
@pytest.mark.parametrize("model", ["LEX007-1CH02CW", "lex007-1ch02cw", "LEX007‐1CH02CW", "LEX\u200b007-\u00ad1CH02CW\ufeff"])
def test_spelling_is_no_difference(vendor: str, model: str, firmware: str) -> None:
    found = match(Device(vendor, model, firmware), [FULL])
    assert (found.answer, found.rule, found.step) == (Answer.COVERED, "exact", Step.DIRECT)
    assert found.certificates == (FULL,)


@pytest.mark.parametrize(
    ("changed", "answer", "rule"),
    [
        ({"firmware": "1.3.338"}, "not covered", "other-version"),
        ({"firmware": "1.3.3370"}, "not covered", "other-version"),
        ({"firmware": "1.3.337.1"}, "not covered", "other-version"),
        ({"firmware": "1.3.337 build 7"}, "cannot tell", "version-unclear"),
        ({"firmware": "01.03.337"}, "cannot tell", "version-unclear"),
        ({"firmware": "1.3.337.0"}, "cannot tell", "version-unclear"),
        ({"firmware": "1.3.337.0.1"}, "not covered", "other-version"),
        ({"firmware": "1.3.337.0-g3f"}, "cannot tell", "version-unclear"),
        ({"firmware": "-"}, "cannot tell", "firmware-missing"),
        ({"firmware": "unknown"}, "cannot tell", "firmware-missing"),
        ({"firmware": "0"}, "cannot tell", "firmware-missing"),
        ({"firmware": "1.x"}, "cannot tell", "firmware-missing"),
        ({"firmware": ">=1.2"}, "cannot tell", "firmware-missing"),
        ({"firmware": None}, "cannot tell", "firmware-missing"),
        ({"model": None}, "cannot tell", "model-missing"),
        ({"model": "--"}, "cannot tell", "model-missing"),
        ({"model": "LEX0071CH02CW"}, "cannot tell", "model-punctuation"),
        ({"model": "LEX007"}, "cannot tell", "model-part"),
        ({"model": "LEX007-1CH02CW (EU)"}, "cannot tell", "model-part"),
        ({"model": "Line Electric LEX007-1CH02CW"}, "cannot tell", "model-part"),
        ({"model": "LEX007-2CH02CW"}, "cannot tell", "other-model"),
        ({"model": "LEX007-1CH02CW-R"}, "cannot tell", "model-part"),
        ({"vendor": None}, "cannot tell", "vendor-missing"),
        ({"vendor": "Somebody"}, "cannot tell", "other-company"),
        ({"vendor": "Somebody", "firmware": "9"}, "cannot tell", "anothers-product"),
        ({"vendor": "Somebody", "model": "X"}, "cannot tell", "company-unknown"),
        ({"vendor": "Line", "model": "X"}, "cannot tell", "company-alike"),
        ({"role": "CSMS"}, "cannot tell", "company-unknown"),
        ({"protocol": "OCPP 2.0.1"}, "not covered", "other-protocol"),
        ({"protocol": "ocpp 1.6"}, "covered", "exact"),
        ({"hardware": {"RFID readers": "1", "Fixed cable": "tethered"}}, "covered", "exact"),
        ({"hardware": {"RFID readers": "2"}}, "not covered", "other-hardware"),
        ({"hardware": {"Communication technology": "WiFi"}}, "not covered", "other-hardware"),
        ({"hardware": {"Communication technology": "WiFi, LAN"}}, "cannot tell", "hardware-unclear"),
        ({"hardware": {"Fixed cable": "socket"}}, "not covered", "other-hardware"),
        ({"hardware": {"Socket(s) / connector(s)": "two"}}, "cannot tell", "hardware-unclear"),
        ({"hardware": {"ISO 15118": "yes"}}, "covered", "exact"),
    ],
)
def test_what_the_device_is_said_to_be(changed: dict[str, object], answer: str, rule: str) -> None:
    found = match(replace(DEVICE, **changed), [FULL])  # type: ignore[arg-type]  # fields by name
    assert (found.answer, found.rule) == (answer, rule)
    assert found.sentence.endswith(".")


@pytest.mark.parametrize(
    ("changed", "answer", "rule"),
    [
        ({"document": False}, "cannot tell", "listing-only"),
        ({"document": False, "software_version": "9"}, "cannot tell", "listing-only"),
        ({"software_version": None}, "cannot tell", "version-unread"),
        ({"unread": frozenset({"software_version"})}, "cannot tell", "version-unread"),
        ({"software_version": "LineCloud V1.3.337"}, "cannot tell", "version-unclear"),
        ({"software_version": "AC/Line"}, "cannot tell", "version-unclear"),
        ({"role": None}, "cannot tell", "role-unread"),
        ({"withdrawn": True}, "cannot tell", "withdrawn"),
        ({"doubted": frozenset({"software_version"})}, "cannot tell", "error-found"),
        ({"doubted": frozenset({"software_version"}), "software_version": "2"}, "cannot tell", "error-found"),
        ({"doubted": frozenset({"certification_date"})}, "covered", "exact"),
        ({"designation": None, "model": None}, "cannot tell", "model-unread"),
        ({"designation": "Wallbox"}, "covered", "exact"),
        ({"holder": None, "vendor_name": None}, "cannot tell", "other-company"),
        ({"holder": None, "designation": None, "model": None}, "cannot tell", "certificate-unread"),
        ({"holder": "Holding", "vendor_name": "Line Electric"}, "cannot tell", "tested-for-another"),
        ({"profiles": ("Security",)}, "cannot tell", "security-alone"),
        ({"profiles": ("Advanced Security",), "kind": None}, "cannot tell", "security-alone"),
        ({"profiles": ("Security",), "kind": "White label"}, "cannot tell", "security-alone"),
        ({"profiles": ("Smart Charging",)}, "cannot tell", "core-not-passed"),
        ({"profiles": ()}, "cannot tell", "core-not-passed"),
        ({"profiles": ("Security",), "unread": frozenset({"profiles.Core"})}, "cannot tell", "core-unread"),
        ({"profiles": (), "unread": frozenset({"profiles"})}, "cannot tell", "core-unread"),
        ({"doubted": frozenset({"profiles.Core"})}, "cannot tell", "core-unread"),
        ({"holder": "Line Electric (Shanghai)"}, "cannot tell", "company-brackets"),
        ({"number": "F01.OCA.0016.9001.CS"}, "covered", "family"),
        ({"number": "W01.OCA.0016.9001.CS"}, "covered", "white-label"),
    ],
)
def test_what_the_certificate_says(changed: dict[str, object], answer: str, rule: str) -> None:
    found = match(DEVICE, [replace(FULL, **changed)])  # type: ignore[arg-type]  # fields by name
    assert (found.answer, found.rule) == (answer, rule)


@pytest.mark.parametrize("state", ["unread", "doubted"])
@pytest.mark.parametrize(("read", "other"), [("model", "designation"), ("designation", "model")])
def test_a_name_of_the_product_that_was_not_read_is_not_none(state: str, read: str, other: str) -> None:
    names = {read: "DN-1", other: None if state == "unread" else "DN-7", state: frozenset({other})}
    unsure = replace(FULL, **names)  # type: ignore[arg-type]  # fields by name
    device = replace(DEVICE, model="DN-2")
    for index in (Index([unsure]), Index([unsure], LISTS)):
        found = match(device, index)
        assert (found.answer, found.rule) == (Answer.CANNOT_TELL, "model-unread")
        assert match(replace(device, firmware="9"), index).rule == "other-model", "it is not for that version in any case"
    # A certificate is for what it designates: by the type alone it is not said which that is.
    certain = match(replace(device, model="DN-1"), [replace(unsure, doubted=frozenset())])
    assert certain.answer is (Answer.COVERED if read == "designation" else Answer.CANNOT_TELL)
    nobodys = replace(unsure, **{state: frozenset({other, "holder"})})  # type: ignore[arg-type]  # a field by name
    for holder in (None, "Another Company"):
        stranger = match(replace(device, vendor="Somebody"), Index([replace(nobodys, holder=holder)], LISTS))
        assert (stranger.answer, stranger.rule) == (Answer.CANNOT_TELL, "certificate-unread")


@pytest.mark.parametrize("device", [{"protocol": "OCPP 2.0.1"}, {"protocol": "OCPP 1.6"}])
@pytest.mark.parametrize(("state", "rule"), [("doubted", "error-found"), ("unread", "protocol-unread")])
def test_a_protocol_in_doubt_is_no_reason(device: dict[str, str], state: str, rule: str) -> None:
    unsure = replace(FULL, **{state: frozenset({"protocol"})})  # type: ignore[arg-type]  # a field by name
    for index in (Index([unsure]), Index([unsure], LISTS)):
        found = match(replace(DEVICE, **device), index)  # type: ignore[arg-type]  # fields by name
        assert (found.answer, found.rule, found.reasons[0].field) == (Answer.CANNOT_TELL, rule, "protocol")
        assert match(replace(DEVICE, firmware="9", **device), index).rule == "other-version"  # type: ignore[arg-type]  # fields by name
    assert match(DEVICE, [unsure]).answer is Answer.COVERED, "where nobody says what the device speaks, it decides nothing"
    elsewhere = match(replace(DEVICE, vendor="Somebody", **device), Index([unsure], LISTS))  # type: ignore[arg-type]  # fields by name
    assert (elsewhere.answer, elsewhere.rule) == (Answer.CANNOT_TELL, "other-company")


@pytest.mark.parametrize("state", ["doubted", "unread"])
@pytest.mark.parametrize("path", ["hardware", "hardware.RFID readers"])
@pytest.mark.parametrize("told", ["1", "2"])
def test_hardware_in_doubt_is_no_reason(state: str, path: str, told: str) -> None:
    unsure = replace(FULL, **{state: frozenset({path})})  # type: ignore[arg-type]  # a field by name
    found = match(replace(DEVICE, hardware={"RFID readers": told}), Index([unsure], LISTS))
    assert (found.answer, found.rule) == (Answer.CANNOT_TELL, "hardware-unclear")
    assert not any(one.hardware for one in match(replace(DEVICE, firmware="9", hardware={"RFID readers": told}), [unsure]).derivatives)


ONE_PER_CONNECTOR = {"RFID readers": "One per connector"}
READERS = {"RFID readers": "1"}


@pytest.mark.parametrize(
    ("printed", "told", "answer"),
    [
        (ONE_PER_CONNECTOR | {"Socket(s) / connector(s)": "Single"}, READERS | {"Socket(s) / connector(s)": "1"}, "covered"),
        (READERS | {"Socket(s) / connector(s)": "Single"}, ONE_PER_CONNECTOR | {"Socket(s) / connector(s)": "1"}, "covered"),
        (ONE_PER_CONNECTOR | {"Socket(s) / connector(s)": "Single"}, READERS, "covered"),
        (ONE_PER_CONNECTOR | {"Socket(s) / connector(s)": "Single"}, {"RFID readers": "2"}, "not covered"),
        (ONE_PER_CONNECTOR | {"Socket(s) / connector(s)": "Multiple"}, READERS, "not covered"),
        (ONE_PER_CONNECTOR | {"Socket(s) / connector(s)": "Multiple"}, {"RFID readers": "2"}, "cannot tell"),
        (ONE_PER_CONNECTOR, READERS, "cannot tell"),
        (READERS, ONE_PER_CONNECTOR, "cannot tell"),
        ({"RFID readers": "Multiple"}, READERS, "not covered"),
    ],
)
def test_one_reader_for_each_connector_is_one_where_there_is_one(printed: dict[str, str], told: dict[str, str], answer: str) -> None:
    assert match(replace(DEVICE, hardware=told), [replace(FULL, hardware=printed)]).answer == answer


def test_companies_that_differ_in_brackets_may_be_two() -> None:
    shanghai, shenzhen = "Acme Power (Shanghai) Co. Ltd", "Acme Power (Shenzhen) Co. Ltd"
    certificate = replace(FULL, holder=shanghai)
    found = match(replace(DEVICE, vendor=shenzhen), [certificate])
    assert (found.answer, found.rule) == (Answer.CANNOT_TELL, "company-brackets")
    assert f"of “{shanghai}”" in found.sentence
    assert match(replace(DEVICE, vendor=shanghai.upper()), [certificate]).answer is Answer.COVERED
    assert f"for “{shanghai}”" in match(replace(DEVICE, vendor=shanghai.upper()), [certificate]).sentence, (
        "the certificate's own name is told"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Power (Shenzhen)", "Acme Power"),
        ("Rewaltek (Shenzhen) Technology Co.,Ltd", "Rewaltek Technology"),
        ("Acme Power (UK) Ltd", "Acme Power Ltd"),
        ("Smart Grid (SG)", "Smart Grid"),
        ("Acme Power (Shenzhen) (APW)", "Acme Power (APW)"),
        ("Acme Power (Energia)", "Acme Power"),
    ],
)
@pytest.mark.parametrize("firmware", ["1.3.337", "2.0"])
def test_a_company_that_has_more_in_brackets_may_be_another(one: str, other: str, firmware: str) -> None:
    """Neither covered nor denied: of another version, too, nothing follows for what may be another company's product."""
    for vendor, holder in ((one, other), (other, one)):
        found = match(replace(DEVICE, vendor=vendor, firmware=firmware), [replace(FULL, holder=holder)])
        assert (found.answer, found.rule) == (Answer.CANNOT_TELL, "company-brackets")
    assert same_company(one, other) is same_company(other, one) is Same.UNCLEAR
    listed = Index([replace(FULL, holder=one, software_version="1.0")], LISTS)
    assert match(replace(DEVICE, vendor=other), listed).answer is Answer.NOT_COVERED, "by the whole list none of the two has one for it"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Instituto Tecnológico de la Energía (ITE)", "Instituto Tecnológico de la Energía"),
        ("Korea Electrotechnology Research Institute (KERI)", "Korea Electrotechnology Research Institute"),
        ("WONIK PNE Co., Ltd. (Formerly PNE Systems)", "Wonik PNE"),
        ("E-wave Co., Ltd. (Formerly CS Technology)", "E-wave Co., Ltd."),
        ("E-wave Co., Ltd. (f/k/a CS Technology)", "E-wave (formerly CS Technology)"),
        ("Acme Power (Pty) Ltd", "Acme Power"),
        ("Acme Power (P) Ltd.", "Acme Power (Private) Limited"),
        ("Acme Power (Shenzhen) Co., Ltd", "ACME POWER (SHENZHEN)"),
    ],
)
def test_what_says_a_name_again_in_brackets_makes_no_other_company(one: str, other: str) -> None:
    """The brackets of the OCA's own list, and those of legal forms."""
    assert same_company(one, other) is same_company(other, one) is Same.YES
    assert match(replace(DEVICE, vendor=one), [replace(FULL, holder=other)]).answer is Answer.COVERED


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("EVBox B.V.", "EVBox"),
        ("EVBox B.V.", "EVBox BV"),
        ("Wall S.L.", "WALL, SL"),
        ("Enel S.p.A.", "Enel SpA"),
        ("Charge S. A.", "Charge SA"),
        ("Kempower Oyj", "Kempower"),
        ("Volt Sdn. Bhd.", "Volt"),
        ("Borne S.A.R.L.", "Borne SARL"),
        ("주식회사 대영채비", "대영채비"),
        ("㈜대영채비", "대영채비 (주)"),
    ],
)
def test_legal_forms_are_no_part_of_a_company(one: str, other: str) -> None:
    assert same_company(one, other) is same_company(other, one) is Same.YES
    assert match(replace(DEVICE, vendor=one), [replace(FULL, holder=other)]).answer is Answer.COVERED


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("NV Charging Ltd.", "Charging AS"),
        ("AS Energy", "Energy"),
        ("SA Power", "Power Co., Ltd."),
        ("A.B. Charging", "Charging"),
        ("AB Volta", "Volta AB"),
        ("Power Co Systems", "Power Systems"),
        ("Testwerk Energy GmbH", "Testwerk Energy Inc."),
        ("Testwerk Energy GmbH", "TESTWERK ENERGY AG"),
        ("Testwerk Energy B.V.", "Testwerk Energy N.V."),
        ("Testwerk (North) GmbH", "Testwerk (North) S.p.A."),
    ],
)
@pytest.mark.parametrize("firmware", ["1.3.337", "2.0"])
def test_by_their_legal_forms_companies_may_be_two(one: str, other: str, firmware: str) -> None:
    """Two legal persons, or a word that only looks like a legal form: neither covered nor denied."""
    for vendor, holder in ((one, other), (other, one)):
        assert same_company(vendor, holder) is Same.UNCLEAR
        found = match(replace(DEVICE, vendor=vendor, firmware=firmware), [replace(FULL, holder=holder)])
        assert (found.answer, found.rule) == (Answer.CANNOT_TELL, "company-form")
        assert f"of “{holder}”, and the device's vendor is given as “{vendor}”: the legal forms differ" in found.sentence
        assert match(replace(DEVICE, vendor=vendor), [replace(FULL, holder=vendor)]).answer is Answer.COVERED


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Testwerk GmbH & Co. KG", "Testwerk KG"),
        ("Testwerk Limited", "Testwerk Pte. Ltd."),
        ("Testwerk Incorporated", "Testwerk Co., Inc."),
        ("Testwerk Company", "Testwerk LLC"),
        ("Oy Testwerk Ab", "Testwerk"),
        ("주식회사 대영채비", "대영채비 Co., Ltd."),
    ],
)
def test_legal_forms_that_go_together_are_one_companys(one: str, other: str) -> None:
    assert same_company(one, other) is same_company(other, one) is Same.YES


def test_covered_says_what_hardware_was_not_compared() -> None:
    assert "Its hardware was not compared" in match(DEVICE, [FULL]).sentence
    told = {"RFID readers": "1", "Fixed cable": "Yes"}
    sentence = match(replace(DEVICE, hardware=told), [FULL]).sentence
    assert "Not compared, as the device's are not given: Socket(s) / connector(s), Communication technology. If one of" in sentence
    whole = told | {"Socket(s) / connector(s)": "1", "Communication technology": "LAN"}
    assert "compared" not in match(replace(DEVICE, hardware=whole), [FULL]).sentence


def test_a_reason_names_the_name_that_is_like_the_devices() -> None:
    found = match(replace(DEVICE, model="WX-11"), [replace(FULL, designation="Wallbox Series X", model="WX-7,WX-11,WX-22")])
    assert found.rule == "model-part"
    assert "is for “WX-7,WX-11,WX-22”, and “WX-11” is a part of it" in found.sentence


def test_of_a_number_only_the_revision_that_holds_is_an_argument() -> None:
    first, second = (date(year, 5, 1) for year in (2023, 2025))
    update = replace(FULL, revision="update-2025-12-12", software_version="2.0", day=second)
    found = match(replace(DEVICE, firmware="3.0"), [replace(FULL, day=first), update])
    assert [(one.rule, one.revision) for one in found.reasons if one.number] == [("other-version", "update-2025-12-12")]


def test_another_protocol_is_what_the_device_speaks_not_what_somebody_asks() -> None:
    found = match(replace(DEVICE, protocol="OCPP 2.1"), [FULL])
    assert "is for OCPP 1.6, and the device is said to speak OCPP 2.1." in found.sentence


def test_never_as_numbers() -> None:
    certificate = replace(FULL, software_version="1.10")
    assert match(replace(DEVICE, firmware="1.1"), [certificate]).answer is Answer.NOT_COVERED
    assert match(replace(DEVICE, firmware="1.100"), [certificate]).answer is Answer.NOT_COVERED
    assert match(replace(DEVICE, firmware="1.10"), [certificate]).answer is Answer.COVERED


def test_certificates_of_one_version_count_together_and_security_comes_second() -> None:
    found = match(DEVICE, [SECURITY, FULL])
    assert [one.number for one in found.certificates] == [FULL.number, SECURITY.number]
    assert found.profiles == ("Core", "Smart Charging", "Security")
    other = match(DEVICE, [replace(SECURITY, software_version="2.0"), FULL])
    assert [one.number for one in other.certificates] == [FULL.number]


def test_security_at_another_version_covers_nothing_alone() -> None:
    found = match(replace(DEVICE, firmware="2.0"), [replace(SECURITY, software_version="2.0"), FULL])
    assert (found.answer, found.rule) == (Answer.CANNOT_TELL, "security-alone")


def test_a_doubtful_certificate_takes_nothing_from_one_that_covers() -> None:
    found = match(DEVICE, [replace(FULL, number="OCA.0016.9003.CS", software_version=None), LISTED, FULL])
    assert (found.answer, found.certificates) == (Answer.COVERED, (FULL,))


def test_the_lists_row_is_nothing_beside_the_document_itself() -> None:
    assert match(replace(DEVICE, firmware="9"), [FULL, LISTED]).answer is Answer.NOT_COVERED
    assert match(replace(DEVICE, firmware="9"), [FULL, replace(LISTED, number="OCA.0016.9009.CS")]).answer is Answer.CANNOT_TELL


def test_revisions_of_one_number_that_disagree_cannot_tell() -> None:
    update = replace(FULL, revision="update-2025-12-12", software_version="V1.4")
    assert match(DEVICE, [FULL, update]).rule == "other-revision"
    assert match(DEVICE, [FULL, replace(update, software_version="1.3.337")]).answer is Answer.COVERED


@pytest.mark.parametrize(
    ("firmware", "days", "answer", "rule"),
    [
        ("2.0", (2023, 2025), "covered", "exact"),
        ("V1.3.337", (2023, 2025), "cannot tell", "older-revision"),
        ("V1.3.337", (2025, 2023), "covered", "exact"),
        ("2.0", (2025, 2023), "cannot tell", "older-revision"),
        ("2.0", (2025, 2025), "cannot tell", "other-revision"),
        ("2.0", (2025, None), "cannot tell", "other-revision"),
    ],
)
def test_the_newest_revision_of_a_number_covers(firmware: str, days: tuple[int | None, ...], answer: str, rule: str) -> None:
    """The one that holds now covers its version; an older one attests nothing any more without a look at the newer."""
    first, second = (date(year, 5, 1) if year else None for year in days)
    update = replace(FULL, revision="update-2025-12-12", software_version="2.0", day=second)
    found = match(replace(DEVICE, firmware=firmware), [replace(FULL, day=first), update])
    assert (found.answer, found.rule) == (answer, rule)
    assert len(found.certificates) == (answer == "covered")


@pytest.mark.parametrize("said", ["n/a", "unknown", "(unbekannt)", "TBD", "미정"])
def test_a_word_for_what_is_not_known_is_the_name_of_nothing(said: str) -> None:
    index = Index([FULL], LISTS)
    for changed, rule in (({"model": said}, "model-missing"), ({"vendor": said}, "vendor-missing")):
        found = match(replace(DEVICE, firmware=said, **changed), index)  # type: ignore[arg-type]  # fields by name
        assert (found.answer, found.rule) == (Answer.CANNOT_TELL, rule)


def test_who_stands_nowhere_is_not_covered_only_where_the_list_is_there() -> None:
    stranger = Device("Nowhere Motors", "N-1", "1")
    assert match(stranger, Index([FULL])).rule == "company-unknown"
    found = match(stranger, Index([FULL], LISTS))
    assert (found.answer, found.rule) == (Answer.NOT_COVERED, "nobody")
    assert found.sentence.endswith("the OCA's list of charging stations as imported on 2026-05-04 with 2 rows.")
    assert match(replace(stranger, role="CSMS"), Index([FULL], LISTS)).answer is Answer.CANNOT_TELL


@pytest.mark.parametrize("changed", [{"firmware": "9.9"}, {"protocol": "OCPP 2.0.1"}])
def test_a_model_that_is_certified_for_another_company_is_not_said_to_be_named_by_nobody(changed: dict[str, str]) -> None:
    brands = replace(DEVICE, vendor="Brand X", **changed)  # type: ignore[arg-type]  # fields by name
    said = "OCA.0016.9001.CS is for “LEX007-1CH02CW” of “LINE ELECTRIC CO., LTD.”, at software version “V1.3.337”; "
    found = match(brands, [FULL])
    assert (found.answer, found.reasons[0].number) == (Answer.CANNOT_TELL, FULL.number)
    assert found.sentence.startswith(said + "of “Brand X” no certificate is known here, but")
    found = match(brands, Index([FULL], LISTS))
    assert (found.answer, found.rule) == (Answer.NOT_COVERED, "anothers-product")
    assert found.sentence.startswith(said + "“Brand X” is named by no certificate here, nor by the OCA's list of charging stations as")


def test_not_covered_says_how_far_it_reaches() -> None:
    changed = replace(DEVICE, firmware="2")
    assert [reason.rule for reason in match(changed, [FULL]).reasons] == ["other-version", "list-missing"]
    assert match(changed, [FULL]).sentence.startswith("By the certificates known here it is not covered. OCA.0016.9001.CS is for")
    assert match(changed, Index([FULL], LISTS)).sentence.startswith("OCA.0016.9001.CS is for")
    assert [reason.rule for reason in match(changed, Index([FULL], LISTS)).reasons] == ["other-version"]


def test_another_model_is_denied_only_where_the_list_is_there() -> None:
    """One certificate of a company says nothing of its other models, as long as nobody has the list of all."""
    other = replace(DEVICE, model="LEX022-2CH02CW")
    alone = match(other, [FULL])
    assert (alone.answer, alone.rule) == (Answer.CANNOT_TELL, "other-model")
    assert "does not hold the OCA's list of charging stations, so that there may be one" in alone.sentence
    found = match(other, Index([FULL], LISTS))
    assert (found.answer, found.rule) == (Answer.NOT_COVERED, "other-model")
    assert found.sentence.endswith("as imported on 2026-05-04 with 2 rows.")


def test_a_model_cut_after_twenty_letters_may_be_the_whole() -> None:
    long = replace(FULL, designation="LEX007-1CH02CW-ABCDEFG", model=None)
    assert match(replace(DEVICE, model="LEX007-1CH02CW-ABCDE"), [long]).rule == "model-cut"


def test_a_model_that_is_certified_as_it_stands_is_no_part_of_another() -> None:
    longer = replace(FULL, number="OCA.0016.9004.CS", designation="LEX007-1CH02CW-R", model=None, software_version="2.0")
    assert match(replace(DEVICE, firmware="2.0"), [FULL, longer]).rule == "other-version"


def test_derivatives_name_what_sets_them_apart() -> None:
    device = replace(DEVICE, model="LEX007-2CH02CW", firmware="V1.4", hardware={"RFID readers": "2", "Fixed cable": "Yes"})
    stranger = replace(FULL, number="OCA.0016.9008.CS", designation="ZZ-1", model=None)
    found = match(device, [FULL, stranger])
    assert found.answer is Answer.CANNOT_TELL
    (one,) = found.derivatives
    assert (one.certificate, one.model_differs, one.version_differs) == (FULL, True, True)
    assert [(row.row, row.certified, row.device) for row in one.hardware] == [("RFID readers", "Single", "2")]
    assert "another product for certification" in one.sentence


@pytest.mark.parametrize(
    ("certified", "asked", "alike"),
    [
        ("TW-11", "TW-99", False),
        ("TW-11", "TW-11-EU", True),
        ("EV-Home 7", "EV-Truck 360", False),
        ("EV-Home 7", "EV-Home 11", True),
        ("LECS007-1CH02CW", "LECS007-2CH02CW", True),
        ("AC7-1", "AC7-2", True),
        ("Terra 54", "Terra 124", True),
    ],
)
def test_a_few_letters_make_no_family(certified: str, asked: str, alike: bool) -> None:
    found = match(replace(DEVICE, model=asked), [replace(FULL, designation=certified, model=None)])
    assert len(found.derivatives) == alike


def test_of_a_number_only_the_revision_that_holds_is_offered() -> None:
    old = replace(FULL, day=date(2023, 5, 1))
    new = replace(FULL, revision="update-2025-12-12", day=date(2025, 12, 12), software_version="V1.4")
    for version in ("V1.2", FULL.software_version):
        found = match(replace(DEVICE, firmware=version), [old, new])
        assert [one.certificate for one in found.derivatives] == [new]


def test_another_version_of_the_model_comes_first_among_derivatives() -> None:
    sister = replace(FULL, number="OCA.0016.9000.CS", designation="LEX007-1CH02CX", model=None)
    found = match(replace(DEVICE, firmware="2"), [sister, FULL])
    assert [one.certificate.number for one in found.derivatives] == [FULL.number, sister.number]
    assert (found.derivatives[0].model_differs, found.derivatives[0].version_differs) == (False, True)


def test_the_answer_is_json_with_rule_field_and_certificate() -> None:
    told = match(replace(DEVICE, firmware="2"), [FULL]).to_json()
    assert told["answer"] == "not covered"
    assert told["reasons"][0]["field"] == "software_version"
    assert told["reasons"][0]["certificate"] == FULL.number
