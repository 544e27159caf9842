"""What holds of matching whatever the certificates and devices are."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from datetime import date

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from registry.matching.generic import names_no_model
from registry.matching.hardware import CONNECTORS, RFID_READERS, ROWS, compare
from registry.matching.index import Index
from registry.matching.match import match
from registry.matching.model import Answer, Certified, CurrentList, Device
from registry.matching.names import bare, company
from registry.matching.spelling import may_be_product
from registry.matching.versions import version

HOLDERS = st.sampled_from(
    ["Aline Co., Ltd.", "ALINE", "Aline (North)", "Aline (South) Ltd", "Berta B.V.", "Berta Charging GmbH", "Cara", "ZCara"]
)
NAMES = st.sampled_from(
    ["X1", "X1-2", "X-1", "X1 (EU)", "CSMS", "Y7-ABCDEFGHIJKLMNOPQRSTUV", "Y7-ABCDEFGHIJKLMNOPQ", "Maxi X1", "MaxiCharger X1"]
)
VERSIONS = st.sampled_from(["1.0", "V1.0", "1.00", "1.0.0", "1.10", "1.1", "App 1.0", "2"])
VALUES = st.sampled_from(["Single", "1", "2", "None", "Yes", "No", "Ethernet", "WiFi", "Ethernet, WiFi", "?"])
HARDWARE = st.dictionaries(st.sampled_from(ROWS), VALUES, max_size=3)
FIELDS = st.frozensets(
    st.sampled_from(["software_version", "holder", "designation", "hardware.RFID readers", "profiles.Core", "profiles"]), max_size=1
)


def in_brackets(name: str | None) -> list[str]:
    """What stands in brackets in a name."""
    return re.findall(r"\((.*?)\)", name or "")


def maybe(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    """Mostly there."""
    return st.one_of(strategy, strategy, strategy, st.none())


CERTIFICATES = st.builds(
    Certified,
    number=st.sampled_from([f"{prefix}OCA.0016.000{digit}.CS" for prefix in ("", "F01.", "W01.") for digit in range(4)]),
    holder=maybe(HOLDERS),
    vendor_name=st.one_of(st.none(), HOLDERS),
    designation=maybe(NAMES),
    model=st.one_of(st.none(), st.none(), NAMES),
    software_version=maybe(VERSIONS),
    role=st.sampled_from(["CS", "CS", "CSMS", None]),
    revision=st.sampled_from([None, None, "update-1"]),
    kind=st.sampled_from(["Full", "Security", "Subset", "White label", None]),
    profiles=st.sampled_from([("Core",), ("Core",), ("Core", "Security"), ("Security",), ("Smart Charging",), ()]),
    hardware=st.one_of(st.none(), HARDWARE),
    document=st.sampled_from([True, True, False]),
    withdrawn=st.sampled_from([False, False, True]),
    day=st.sampled_from([None, date(2023, 7, 1), date(2025, 7, 1)]),
    unread=FIELDS,
    doubted=FIELDS,
)
DEVICES = st.builds(Device, vendor=maybe(HOLDERS), model=maybe(NAMES), firmware=maybe(VERSIONS), hardware=HARDWARE)
SETS = st.lists(CERTIFICATES, max_size=6, unique_by=lambda one: (one.number, one.revision))


@st.composite
def meetings(draw: st.DrawFn) -> tuple[Device, list[Certified]]:
    """A device and certificates, or a device and such as are for its model and version, so that something else decides."""
    if draw(st.booleans()):
        return draw(DEVICES), draw(SETS)
    holders = st.sampled_from(["ALINE", "Aline (North)", "Aline (South) Ltd"])
    device = Device(draw(holders), "X1", "1.0", hardware=draw(st.one_of(st.just({}), HARDWARE)))
    given = draw(st.lists(CERTIFICATES, min_size=1, max_size=3, unique_by=lambda one: one.number))
    same = Certified(number=None, holder=None, designation=None, software_version="1.0", role="CS")
    kept = ("number", "revision", "kind", "profiles", "day", "unread", "doubted")
    named = st.sampled_from([("X1", None), ("X1", "X1"), ("X1", "Z9"), ("Y7", "X1"), ("Wallbox", "X1"), ("Wallbox", None)])
    rows = st.sampled_from([None, {CONNECTORS: "Single"}, {CONNECTORS: "2"}])
    makers = st.sampled_from([None, None, "ALINE", "Cara"])
    made = [replace(same, holder=draw(holders), **{name: getattr(one, name) for name in kept}) for one in given]
    names = [draw(named) for _ in made]
    return device, [
        replace(one, designation=designation, model=model, vendor_name=draw(makers), hardware=draw(rows))
        for one, (designation, model) in zip(made, names, strict=True)
    ]


LISTS = {"CS": CurrentList(300, date(2026, 5, 4))}
LISTED: st.SearchStrategy[dict[str, CurrentList]] = st.sampled_from([{}, LISTS])
UNRELATED = Certified(number="OCA.0016.7777.CS", holder="Zacharias", designation="Unlike", software_version="77", role="CS")


@given(DEVICES, SETS, LISTED, st.randoms())
def test_order_makes_no_difference(device: Device, certificates: list[Certified], listed: dict[str, CurrentList], random: object) -> None:
    shuffled = list(certificates)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis' own Random
    assert match(device, Index(certificates, listed)) == match(device, Index(shuffled, listed))


@given(DEVICES, SETS, LISTED)
def test_an_unrelated_certificate_changes_nothing(device: Device, certificates: list[Certified], listed: dict[str, CurrentList]) -> None:
    assert match(device, Index([*certificates, UNRELATED], listed)) == match(device, Index(certificates, listed))


@settings(max_examples=400)
@given(meetings(), LISTED)
def test_covered_is_never_said_without_a_document_of_that_company_model_and_version(
    meeting: tuple[Device, list[Certified]], listed: dict[str, CurrentList]
) -> None:
    device, certificates = meeting
    found = match(device, Index(certificates, listed))
    assert (found.answer is Answer.COVERED) == bool(found.certificates)
    for one in found.certificates:
        assert one in certificates
        assert one.document
        assert not one.withdrawn
        assert company(one.holder or "") == company(device.vendor or "") != ""
        assert in_brackets(one.holder) == in_brackets(device.vendor), "each of these is a place"
        assert f"“{one.holder}”" in found.reasons[found.certificates.index(one)].sentence, "it is told under its own name"
        assert is_designated(one, device.model or "")
        assert version(one.software_version or "") == version(device.firmware or "")
        assert "software_version" not in one.unread | one.doubted
    for one, other in itertools.combinations(found.certificates, 2):
        # Nothing is added up of two products: of other types, or of other hardware.
        assert (
            not compare(one.hardware, frozenset(), other.hardware or {}).differing
            or one.unread | one.doubted | other.unread | other.doubted
        )
        if not {str(one.number)[0], str(other.number)[0]} & {"F", "W"} and not {one.kind, other.kind} & {"White label"}:
            assert bare(one.model or other.model or "") == bare(other.model or one.model or "")
    if found.certificates:
        first = found.certificates[0]
        assert "Core" in first.profiles
        assert not {"profiles", "profiles.Core"} & (first.unread | first.doubted)


@given(DEVICES, SETS)
def test_not_covered_is_never_said_where_reading_more_could_cover(device: Device, certificates: list[Certified]) -> None:
    """Reading a certificate of which something is not read, or that the list alone has, makes no such device covered."""
    index = Index(certificates, LISTS)
    if match(device, index).answer is not Answer.NOT_COVERED:
        return
    for one in certificates:
        known = replace(
            one,
            document=True,
            unread=frozenset(),
            doubted=frozenset(),
            withdrawn=False,
            holder=one.holder or device.vendor,
            designation=one.designation or device.model,
            profiles=("Core",),
            software_version=one.software_version if "software_version" not in one.unread and one.software_version else device.firmware,
        )
        assert match(device, [known]).answer is not Answer.COVERED


def is_designated(one: Certified, model: str) -> bool:
    """Whether a certificate is for a product of that name: by what it designates, or by the type of what it is for itself."""
    if (one.designation or "").casefold() == model.casefold():
        return True
    is_own = not one.vendor_name or company(one.vendor_name) == company(one.holder or "")
    is_itself = str(one.number)[0] not in "FW" and one.kind != "White label"
    is_no_other = not any(map(str.isdigit, one.designation or "")) or (one.designation or "").split(" (")[0].split("-")[0] in model.split(
        "-"
    )
    return is_own and is_itself and is_no_other and (one.model or "").casefold() == model.casefold()


@given(meetings(), LISTED, HOLDERS, st.sampled_from(["Berta", "Aline East", "Cara Nova"]))
def test_a_certificate_of_another_product_makes_no_doubt_an_accusation(
    meeting: tuple[Device, list[Certified]], listed: dict[str, CurrentList], holder: str, longer: str
) -> None:
    """Whoever holds it; that the vendor himself holds one says at most that he goes by no other company's name."""
    device, certificates = meeting
    found = match(device, Index(certificates, listed))
    for name in (holder, longer):
        other = replace(UNRELATED, holder=name, designation="QQ-ZZ-99", model="QQ-ZZ-99")
        after = match(device, Index([*certificates, other], listed))
        if found.answer is not Answer.NOT_COVERED and company(name) != company(device.vendor or ""):
            assert after.answer is found.answer
        elif found.answer is Answer.CANNOT_TELL and after.answer is Answer.NOT_COVERED:
            assert found.rule == "company-alike"
            own = company(device.vendor or "")
            others = {company(one.holder or "") for one in certificates} - {own, ""}
            assert not any(one.startswith(other) or one.endswith(other) for other in others for one in (own,)), "he may be one of these"
            assert not any(other.startswith(own) or other.endswith(own) for other in others), "he may be one of these"


LIKELY = st.sampled_from(
    (
        *("LEX 7", "lex-7/11", "LEX 7-11kW", "Box LEX 7", "LEX7 Box EU", "LEXUS 7 Box", "BOX  LEX Pro 7", "Lex Bóx", "LEX-Box*", "LEX 11"),
        *("X 1", "LEX7BoxEUX", "Pro LEX Box 7 EU 22", "LX7 Box EU", "AC-7kW~22kW", "AC-22kW", "AC 7, AC 11 and AC-22 kW"),
        *("MaxiCharger AC Wallbox", "Aline MaxiCharger AC", "MaxiCharger Wallbx", "MaxiChargerACWallbox22"),
        *("Maxi AC Wallbox", "Maxi", "MaxiCharger 22", "Maxi-22 Pro", "Maxi 11", "Wall Max", "LEXUS", "Lex 7 Proline"),
    )
)


@given(LIKELY, LIKELY, st.sampled_from(["Aline", "Box"]))
def test_the_index_finds_exactly_what_two_names_by_themselves_tell(one: str, other: str, vendor: str) -> None:
    certificate = Certified(number="OCA.0016.0001.CS", holder=vendor, designation=one, software_version="1", role="CS")
    index = Index([certificate])
    found = bool(index.exact("CS", vendor, other)) or any(index.near("CS", vendor, other))
    assert found == may_be_product(one, other, [vendor])


LETTERS = st.text("aeiknorst", min_size=3, max_size=6)
MORE = st.text("aeiknorst", min_size=1, max_size=4)
WORDS = st.lists(st.sampled_from(["AC", "Wallbox", "Pro", "EU"]), max_size=2, unique=True)


@given(LETTERS, MORE, WORDS, WORDS, st.sampled_from(["", " 22", "-7kW"]), st.booleans(), LISTED)
def test_a_word_that_begins_another_denies_nothing_and_covers_nothing(
    word: str, more: str, words: list[str], others: list[str], figures: str, swapped: bool, listed: dict[str, CurrentList]
) -> None:
    """Whatever other words there are: "Maxi Home" may be what the certificate calls "MaxiCharger AC", and need not be."""
    # "Test" may be any product.
    assume(not names_no_model(word) and not names_no_model(word + more))
    told, certified = " ".join([word, *words]) + figures, " ".join([word + more, *others]) + figures
    if swapped:
        told, certified = certified, told
    certificate = Certified("OCA.0016.0001.CS", "Autel", certified, "1.0", "CS", protocol="OCPP 1.6", profiles=("Core",))
    assert match(Device("Autel", told, "1.0"), Index([certificate, UNRELATED], listed)).answer is Answer.CANNOT_TELL
    # A figure makes another model all the same.
    found = match(Device("Autel", f"{told} 11", "1.0"), Index([replace(certificate, designation=f"{certified} 33")], LISTS))
    assert found.answer is Answer.NOT_COVERED


@given(st.text("aeiknorst", min_size=4, max_size=8), MORE, st.sampled_from(["", " Electric", " New Energy"]), st.booleans(), LISTED)
def test_a_company_at_the_end_of_anothers_name_denies_nothing_and_covers_nothing(
    name: str, before: str, behind: str, swapped: bool, listed: dict[str, CurrentList]
) -> None:
    vendor, holder = (before + name + behind, name) if swapped else (name, before + name + behind)
    for model in ("XYZ-99", "BCP-7"):
        certificate = Certified("OCA.0016.0001.CS", holder, model, "1.0", "CS", protocol="OCPP 1.6", profiles=("Core",))
        assert match(Device(vendor, "BCP-7", "1.0"), Index([certificate, UNRELATED], listed)).answer is Answer.CANNOT_TELL


WRITTEN = {0: ["None", "no"], 1: ["1", "Single", "one"], 2: ["2", "Multiple"], 3: ["3", "multiple"]}


@st.composite
def counted(draw: st.DrawFn, connectors: int, readers: int) -> dict[str, str]:
    """The rows of a station with so many connectors and readers, as somebody may write them; connectors may be left out."""
    each = ["One per connector"] if connectors == readers else []
    rows = {RFID_READERS: draw(st.sampled_from([*WRITTEN[readers], *each]))}
    return rows | ({CONNECTORS: draw(st.sampled_from(WRITTEN[connectors]))} if draw(st.booleans()) else {})


@given(st.data(), *[st.integers(1, 3)] * 2, *[st.integers(0, 3)] * 2)
def test_the_same_number_is_never_said_to_differ_nor_another_to_be_the_same(
    data: st.DataObject, connectors: int, others: int, readers: int, other_readers: int
) -> None:
    if data.draw(st.booleans()):
        others, other_readers = connectors, readers
    certified, told = data.draw(counted(connectors, readers)), data.draw(counted(others, other_readers))
    found = compare(certified, frozenset(), told)
    differing = {one.row for one in found.differing}
    if (connectors, readers) == (others, other_readers):
        assert not differing
    elif readers != other_readers and connectors == others:
        assert RFID_READERS in differing | set(found.unclear) or certified[RFID_READERS].casefold() == told[RFID_READERS].casefold()


@given(DEVICES, SETS)
def test_without_the_list_only_a_product_that_certificates_name_is_not_covered(device: Device, certificates: list[Certified]) -> None:
    """What one certificate says of its holder's other models, or of others, is nothing."""
    index = Index(certificates)
    found = match(device, index)
    if found.answer is Answer.NOT_COVERED:
        assert index.exact(device.role, device.vendor or "", device.model or "")
        assert found.sentence.startswith("By the certificates known here")


@given(DEVICES, SETS, LISTED)
def test_every_answer_has_a_reason_that_is_a_sentence(
    device: Device, certificates: list[Certified], listed: dict[str, CurrentList]
) -> None:
    found = match(device, Index(certificates, listed))
    assert found.reasons
    for reason in found.reasons:
        assert reason.sentence.endswith(".")
        assert reason.rule
        assert reason.field
    assert not any(one.certificate in found.certificates for one in found.derivatives)
