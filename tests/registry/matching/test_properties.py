"""What holds of matching whatever the certificates and devices are."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from registry.matching.hardware import CONNECTORS, RFID_READERS, ROWS, compare
from registry.matching.index import Index
from registry.matching.match import match
from registry.matching.model import Answer, Certified, CurrentList, Device
from registry.matching.names import company
from registry.matching.versions import version

HOLDERS = st.sampled_from(["Aline Co., Ltd.", "ALINE", "Aline (North)", "Aline (South) Ltd", "Berta B.V.", "Berta Charging GmbH", "Cara"])
NAMES = st.sampled_from(["X1", "X1-2", "X-1", "X1 (EU)", "CSMS", "Y7-ABCDEFGHIJKLMNOPQRSTUV", "Y7-ABCDEFGHIJKLMNOPQ"])
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
    designation=maybe(NAMES),
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
    device = Device(draw(holders), "X1", "1.0", hardware=draw(HARDWARE))
    given = draw(st.lists(CERTIFICATES, min_size=1, max_size=3, unique_by=lambda one: one.number))
    same = Certified(number=None, holder=None, designation="X1", software_version="1.0", role="CS")
    kept = ("number", "revision", "kind", "profiles", "day", "unread", "doubted")
    return device, [replace(same, holder=draw(holders), **{name: getattr(one, name) for name in kept}) for one in given]


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
        assert (one.designation or "").casefold() == (device.model or "").casefold()
        assert version(one.software_version or "") == version(device.firmware or "")
        assert "software_version" not in one.unread | one.doubted
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


WRITTEN = {0: ["None", "no", "0"], 1: ["1", "Single", "one"], 2: ["2", "Multiple"], 3: ["3", "multiple"]}


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
