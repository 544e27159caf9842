"""Rows of spreadsheets as devices, and what is said of rows that cannot be taken."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from registry.fleet.connectors import notes
from registry.fleet.devices import NewDevice
from registry.fleet.intake import Draft
from registry.fleet.rows import ALIASES, WEAK, Problem, read_devices
from registry.matching.hardware import CONNECTORS
from registry.requirements import table as offers
from registry.spreadsheets.columns import heading_key, map_columns
from registry.spreadsheets.read import read_sheet
from registry.spreadsheets.sheet import BadSpreadsheet
from tests.registry.fleet.samples import ALL, GOOD, HEADER, book, comma


def read(data: bytes) -> tuple[list[NewDevice], list[Problem]]:
    sheet = read_sheet(data, "fleet")
    return read_devices(sheet, map_columns(sheet, ALIASES, "fleet", weak=WEAK), "fleet")


def changed(**cells: object) -> tuple[object, ...]:
    """The good row with other cells, by the position of their heading."""
    names = ("identity", "vendor", "model", "firmware", "site", "lat", "lon", "installed", "ocpp", "rfid")
    return tuple(cells.get(name, cell) for name, cell in zip(names, GOOD, strict=True))


def test_a_row_is_a_device() -> None:
    devices, problems = read(comma(*ALL))
    assert problems == []
    assert devices[0] == NewDevice(
        row=2,
        identity="CP-1",
        vendor="Holder 1",
        model="Product 1",
        firmware="1.3.337",
        site="Harbour",
        latitude=52.37,
        longitude=4.89,
        installed=date(2024, 3, 4),
        protocol="OCPP 1.6",
        hardware={"RFID readers": "Single"},
    )
    assert devices[3] == NewDevice(row=5, identity="CP-4", vendor="Holder 1", model="Product 1")


def test_a_workbook_says_the_same() -> None:
    assert read(book(*ALL)) == read(comma(*ALL))


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"identity": ""}, "row 2, column A (Charge Point ID): no identity is given"),
        ({"identity": "CP\u200b1"}, "“CP\u200b1” cannot be a station's identity"),
        ({"identity": "CP//1"}, "no empty part between slashes"),
        ({"identity": "CP/../1"}, "cannot be a station's identity"),
        ({"identity": "https://host/CP1"}, "cannot be a station's identity"),
        ({"identity": "=1+1"}, "it begins with a letter or a digit"),
        ({"identity": "x" * 49}, "at most 48"),
        ({"lat": "95"}, "row 2, column F (Lat): “95” are no degrees between -90 and 90"),
        ({"lat": "north"}, "are no degrees"),
        ({"lat": ""}, "one coordinate is given without the other"),
        ({"installed": "03/04/2024"}, "row 2, column H (Installed on): 03/04/2024 can be two dates"),
        ({"installed": "soon"}, "is no date: write it as 2025-04-03"),
        ({"installed": "2024-02-30"}, "cannot be"),
        ({"ocpp": "1.7"}, "“1.7” is not understood as a version of OCPP: write the one with which it connects, as 1.6J, 1.6S or 2.0.1"),
        ({"firmware": "v" * 201}, "more than 200 letters"),
    ],
)
def test_what_cannot_be_taken_names_row_column_and_remedy(cells: dict[str, object], said: str) -> None:
    _, problems = read(comma(tuple(map(str, changed(**cells)))))
    assert len(problems) == 1
    assert said in str(problems[0])


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"firmware": 1.1}, "row 2, column D (FW version): the spreadsheet made a number of it (1.1), so that 1.10 and 1.1 are one"),
        ({"firmware": datetime(2024, 1, 2)}, "made a date of it"),  # noqa: DTZ001 - what a spreadsheet holds has no zone
        ({"model": 7}, "row 2, column C (Type): the spreadsheet made a number of it (7)"),
        ({"installed": 45000}, "45000 is a number and no date"),
    ],
)
def test_what_a_spreadsheet_program_has_changed_is_not_taken(cells: dict[str, object], said: str) -> None:
    _, problems = read(book(changed(**cells)))
    assert [said in str(problem) for problem in problems] == [True]


def test_identities_that_are_numbers_are_taken_as_they_are_shown() -> None:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in (("id", "model"), (7, "M"), (12, "M"), (12345, "M")):
        sheet.append(list(row))
    for cell, shown_as in (("A2", "0000"), ("A3", "General"), ("A4", "000")):
        sheet[cell].number_format = shown_as
    out = io.BytesIO()
    made.save(out)
    devices, problems = read(out.getvalue())
    assert (problems, [device.identity for device in devices]) == ([], ["0007", "12", "12345"])


def test_words_for_what_is_not_known_are_no_value_of_a_device() -> None:
    header = ("id", "vendor", "model", "firmware", "serial", "rfid", "cable", "installed")
    devices, problems = read(comma(("CP-1", "unknown", "n/a", "latest", "k.A.", "n/a", "TBD", "미정"), header=header))
    assert problems == []
    assert devices == [NewDevice(row=2, identity="CP-1")]
    [none] = read(comma(("CP-2", "A", "B", "1.0", "1", "none", "", ""), header=header))[0]
    assert none.hardware == {"RFID readers": "none"}
    _, problems = read(comma(("CP-1", "M", "unknown"), header=("id", "model", "role")))
    assert "neither a charging station nor a management system" in str(problems[0])


@pytest.mark.parametrize("identity", ["CP 001", "CP/3", "CP#2", "공용-1", "_x", "Köln 7", "DE*ABC*E001*1", "CP?4", "100%", "A" * 48])
def test_identities_are_what_stations_can_send_percent_encoded(identity: str) -> None:
    devices, problems = read(comma((identity, "M"), header=("id", "model")))
    assert (problems, [device.identity for device in devices]) == ([], [identity])


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("ocpp1.6S", "OCPP 1.6 SOAP"),
        ("ocpp1.5S", "OCPP 1.5"),
        ("1.6-J", "OCPP 1.6"),
        ("OCPP 1.6, 2.0.1", "OCPP 1.6, OCPP 2.0.1"),
        ("", None),
    ],
)
def test_the_version_of_ocpp_is_kept_with_what_it_says_besides(cell: str, kept: str | None) -> None:
    devices, problems = read(comma(("CP-1", "M", cell), header=("ChargeBox ID", "model", "OCPP Protocol")))
    assert (problems, devices[0].protocol) == ([], kept)


def test_types_of_product_are_roles_only_where_some_cell_is_one() -> None:
    header = ("id", "model", "Product type")
    for kinds in (("AC", "DC"), ("Wallbox", ""), ("", "")):
        devices, problems = read(comma(*[(f"CP-{n}", "M", kind) for n, kind in enumerate(kinds)], header=header))
        assert (problems, [device.role for device in devices]) == ([], ["CS", "CS"])
    devices, problems = read(comma(("A", "M", "Charging Station"), ("B", "M", "CSMS"), header=header))
    assert (problems, [device.role for device in devices]) == ([], ["CS", "CSMS"])
    _, problems = read(comma(("A", "M", "AC"), ("B", "M", "CSMS"), header=header))
    assert [problem.row for problem in problems] == [2]
    _, problems = read(comma(("A", "M", "AC"), header=("id", "model", "Role")))
    assert [problem.row for problem in problems] == [2]


@pytest.mark.parametrize(
    ("identity", "vendor", "model", "firmware"),
    [
        ("Ladepunkt-ID", "Hersteller", "Modell", "Firmware-Version"),
        ("Identifiant borne", "Fabricant", "Modèle", "Version logiciel"),
        ("ID cargador", "Fabricante", "Modelo", "Versión firmware"),
        ("Laadpaal ID", "Fabrikant", "Model", "Firmwareversie"),
        ("ID colonnina", "Produttore", "Modello", "Versione firmware"),
        ("충전기ID", "제조사", "모델명", "펌웨어버전"),
        ("chargePointId", "chargePointVendor", "chargePointModel", "firmwareVersion"),
        ("CHARGE_BOX_ID", "vendor_name", "model_name", "fw_version"),
    ],
)
def test_headings_of_many_languages_are_known(identity: str, vendor: str, model: str, firmware: str) -> None:
    devices, problems = read(comma(("CP-1", "A", "B", "1.0"), header=(identity, vendor, model, firmware)))
    assert (problems, devices) == ([], [NewDevice(row=2, identity="CP-1", vendor="A", model="B", firmware="1.0")])


def test_every_row_is_looked_at() -> None:
    _, problems = read(comma(*[tuple(map(str, changed(lat="x"))) for _ in range(3)]))
    assert sum("are no degrees" in str(problem) for problem in problems) == 3


PER_CONNECTOR = ("Charge Point ID", "Manufacturer", "Type", "FW version", "Connector ID", "Connectors")


def per_connector(*rows: tuple[str, str, str, str], vendor: str = "V") -> tuple[list[NewDevice], list[Problem]]:
    """A list of identity, firmware, which connector it is, and how many there are."""
    made = ((identity, vendor, "M", firmware, connector, count) for identity, firmware, connector, count in rows)
    return read(comma(*made, header=PER_CONNECTOR))


def test_a_row_for_each_connector_is_one_device() -> None:
    other = ("CP-2", "2.0", "1", "")
    devices, problems = per_connector(other, ("CP-1", "1.0", "1", ""), ("CP-1", "", "2", ""), ("CP-1", "1.0", "3", ""))
    assert problems == []
    told = [(one.identity, one.firmware, one.row, one.hardware) for one in devices]
    assert told == [("CP-2", "2.0", 2, {}), ("CP-1", "1.0", 3, {CONNECTORS: "3"})]
    assert notes(devices) == ("Rows 3, 4 and 5 are one device, CP-1, with 3 connectors.",)


def test_rows_that_say_the_same_are_one_device_of_which_no_connectors_are_told() -> None:
    devices, problems = per_connector(("CP-1", "1.0", "", ""), ("CP-1", "1.0", "", ""))
    assert (len(devices), problems) == (1, [])
    assert notes(devices) == ("Rows 2 and 3 are one device, CP-1.",)


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        (("1", "2", "3"), "3"),
        (("CCS", "CHAdeMO"), "2"),
        (("2", "2"), "2"),
        (("Multiple", "Multiple"), "Multiple"),
        # Whether these are the device's or each row's own is not said.
        (("1", "1", "1"), None),
        (("1", "2"), None),
    ],
)
def test_how_many_connectors_are_told_is_certain_or_nothing(counts: tuple[str, ...], told: str | None) -> None:
    devices, problems = per_connector(*[("CP-1", "1.0", "", count) for count in counts])
    assert problems == []
    assert [one.hardware.get(CONNECTORS) for one in devices] == [told]


@pytest.mark.parametrize(
    ("numbers", "count", "told", "noted"),
    [
        (("1", "2"), "", "2", ", with 2 connectors"),
        (("1", "2"), "1", "2", ", with 2 connectors"),
        # Number 0 is the station itself; beside 1 alone it may be a no beside a yes.
        (("0", "1"), "", None, ""),
        (("2", "0", "1"), "", "2", ", with 2 connectors"),
        # Numbers of a network's own, and of some of them, tell no more than that they are different.
        (("4711", "4712"), "", None, ", with 2 connectors"),
        (("2", "3"), "", None, ", with 2 connectors"),
        (("1", "1"), "", None, ""),
        (("0", "7"), "", None, ""),
        (("9" * 5000, "1"), "", None, ", with 2 connectors"),
        (("A", "B"), "", None, ", with 2 connectors"),
        # What is said of how many there are contradicts it.
        (("1", "2"), "4", None, ", with 2 connectors"),
    ],
)
def test_numbered_connectors_are_counted(numbers: tuple[str, ...], count: str, told: str | None, noted: str) -> None:
    [device], problems = per_connector(*[("CP-1", "1.0", number, count) for number in numbers])
    assert problems == []
    assert device.hardware.get(CONNECTORS) == told
    assert notes([device])[0].endswith(f"are one device, CP-1{noted}.")


@pytest.mark.parametrize("heading", ["Protokoll", "Protocole", "PROTOCOLO", "Protocollo", "Protokół", "프로토콜", "协议"])
def test_the_protocol_is_read_in_other_languages(heading: str) -> None:
    [device], problems = read(comma(("CP-1", "M", "OCPP 2.0.1"), header=("id", "model", heading)))
    assert (device.protocol, problems) == ("OCPP 2.0.1", [])


@pytest.mark.parametrize(("numbers", "unused"), [(("1", "2"), "Colour"), (("1", "1"), "Connector ID, Colour")])
def test_a_column_by_which_connectors_were_counted_was_looked_at(numbers: tuple[str, ...], unused: str) -> None:
    rows = [("CP-1", "M", number, "red") for number in numbers]
    sheet = read_sheet(comma(*rows, header=("id", "model", "Connector ID", "Colour")), "fleet")
    columns = map_columns(sheet, ALIASES, "fleet", weak=WEAK)
    devices, _ = read_devices(sheet, columns, "fleet")
    draft = Draft("fleet", "", sheet, {}, columns, tuple(devices), (), None, None)
    assert draft.notes[1] == f"Not looked at: {unused}."


def test_how_many_connectors_each_row_has_does_not_number_them() -> None:
    rows = [("CP-1", "M", "1"), ("CP-1", "M", "2")]
    for heading in ("Nombre de prises", "Total plugs", "Anzahl der Stecker gesamt"):
        [device], problems = read(comma(*rows, header=("id", "model", heading)))
        assert (problems, device.hardware, device.connectors) == ([], {}, None)


def test_rows_of_one_device_that_contradict_each_other_are_named_with_their_columns() -> None:
    _, problems = per_connector(("CP-1", "1.0", "1", "2"), ("CP-2", "1.0", "1", ""), ("CP-1", "1.1", "2", "4"))
    remedy = "for the same device, CP-1: correct one of them, or give each device its own identity"
    assert [str(problem) for problem in problems] == [
        f"row 4, column D (FW version): “1.1”, where row 2 has “1.0” {remedy}",
        f"row 4, column F (Connectors): “4”, where row 2 has “2” {remedy}",
    ]


def test_of_many_devices_with_several_rows_the_first_are_told() -> None:
    devices, _ = per_connector(*[(f"CP-{number // 2}", "1.0", str(number % 2), "") for number in range(20)])
    assert len(devices) == 10
    assert notes(devices)[5:] == ("So are the rows of 5 other devices in this file.",)


@given(st.lists(st.sampled_from([*range(1, 8)]), min_size=2, max_size=5), st.randoms())
def test_a_device_in_rows_that_leave_cells_out_is_the_device_in_one(kept: list[int], random: Random) -> None:
    """And none of its values is anything that no row says."""
    rows = [list(map(str, GOOD)) for _ in kept]
    for row in rows[1:]:
        for place in random.sample(range(1, len(row)), len(row) // 2):
            # Coordinates are given together.
            for each in (5, 6) if place in (5, 6) else (place,):
                row[each] = ""
        row[2] = GOOD[2]
    random.shuffle(rows)
    [device], problems = read(comma(*[tuple(row) for row in rows]))
    [whole], _ = read(comma(tuple(map(str, GOOD))))
    assert problems == []
    assert replace(device, rows=(), connectors=None) == whole


def test_dates_of_many_kinds_are_one() -> None:
    days = ["2024-03-04", "4.3.2024", "4 March 2024", "March 4, 2024", "2024/3/4"]
    devices, problems = read(comma(*[tuple(map(str, changed(identity=f"CP-{n}", installed=day))) for n, day in enumerate(days)]))
    assert problems == []
    assert {device.installed for device in devices} == {date(2024, 3, 4)}


def test_a_day_on_which_programs_begin_is_none() -> None:
    days = ["1970-01-01", "01.01.1900", "9999-12-31"]
    devices, problems = read(comma(*[tuple(map(str, changed(identity=f"CP-{n}", installed=day))) for n, day in enumerate(days)]))
    assert problems == []
    assert {device.installed for device in devices} == {None}


@pytest.mark.parametrize(("cell", "is_taken"), [("52.37, 4.89", True), ("52.37 4.89", True), ("here", False), ("95, 4", False)])
def test_coordinates_in_one_cell(cell: str, is_taken: bool) -> None:
    devices, problems = read(comma(("CP-1", "M", cell), header=("id", "model", "GPS")))
    assert bool(problems) != is_taken
    assert (devices[0].latitude == 52.37) == is_taken


def test_nowhere_is_no_place() -> None:
    devices, _ = read(comma(tuple(map(str, changed(lat="0", lon="0.0")))))
    assert (devices[0].latitude, devices[0].longitude) == (None, None)


def test_an_address_with_a_password_is_refused() -> None:
    _, problems = read(comma(("CP-1", "M", "wss://user:word@host/x"), ("CP-2", "M", "wss://host/ocpp"), header=("id", "model", "URL")))
    assert [problem.row for problem in problems] == [2]
    assert "user:word" not in str(problems[0])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            comma(("a", "b"), header=("Colour", "Weight")),
            "identity and the model of the devices (there are: Colour, Weight): say which one does, or name them identity and model",
        ),
        (comma(("a", "b"), header=("Station", "Weight")), "no column holds the model"),
        (comma(("a", "b", "c"), header=("Station", "Charger", "Model")), "both hold the identity: remove or rename one"),
        (comma(), "has headings and no row below them"),
        (book(GOOD, GOOD, merged="A2:A3"), "cells are merged up to row 3, column A"),
    ],
)
def test_a_sheet_that_is_no_fleet_is_one_sentence(data: bytes, said: str) -> None:
    with pytest.raises(BadSpreadsheet) as raised:
        read(data)
    assert said in str(raised.value)
    assert "fleet, row" in str(raised.value) or "has headings" in str(raised.value)


def test_plug_and_charge_is_less_than_iso_15118() -> None:
    """A station without it may support ISO 15118 all the same, so that its "no" is none of that row."""
    (device,), problems = read(comma(("CP-1", "M", "A", "no"), header=("id", "vendor", "model", "Plug and Charge")))
    assert not problems
    assert device.hardware == {}


def test_no_heading_stands_for_two_fields() -> None:
    seen: dict[str, str] = {}
    for field, names in ALIASES.items():
        for name in (field, *names):
            assert seen.setdefault(heading_key(name), field) == field


@pytest.mark.parametrize("field", ["model", "installed", "role"])
def test_devices_and_offers_go_by_the_same_headings(field: str) -> None:
    assert ALIASES[field] == offers.ALIASES[field]
    assert (ALIASES["vendor"], ALIASES["firmware"]) == (offers.ALIASES["holder"], offers.ALIASES["software_version"])


@pytest.mark.parametrize(
    "header",
    [
        ("Asset ID", "Hersteller", "Modell", "Firmware", "Installationsdatum", "Standort"),
        ("Asset", "제조사", "모델", "펌웨어", "설치일", "설치장소"),
        ("id", "Fabricant", "Modèle", "Version logicielle", "Date d'installation", "Site"),
        ("id", "Leverancier", "Type", "Firmwareversie", "Inbetriebnahme", "Locatie"),
    ],
)
def test_headings_of_several_languages_are_known(header: tuple[str, ...]) -> None:
    (device,), problems = read(comma(("CP-1", "V", "M", "1.0", "2024-06-01", "Hill"), header=header))
    assert not problems
    assert (device.identity, device.vendor, device.model, device.firmware, device.site) == ("CP-1", "V", "M", "1.0", "Hill")
    assert device.installed == date(2024, 6, 1)


def test_a_better_heading_leaves_the_weaker_one_alone() -> None:
    (device,), _ = read(comma(("CP-1", "AC", "M-1", "1.0", "7"), header=("id", "Type", "Model", "Firmware", "Version")))
    assert (device.model, device.firmware) == ("M-1", "1.0")


def test_the_samples_have_a_heading_for_each_cell() -> None:
    assert len(HEADER) == len(GOOD)


def test_the_id_of_the_network_goes_before_one_of_a_program() -> None:
    header = ("ID", "Network ID", "Model", "Constructeur", "FW Rev", "Asset Tag")
    [device], problems = read(comma(("1", "CP-1", "M", "Holder 1", "1.0", "A-7"), header=header))
    assert (device.identity, device.vendor, device.firmware, problems) == ("CP-1", "Holder 1", "1.0", [])
    [alone], _ = read(comma(("CP-2", "M", "Holder 1"), header=("ID", "Typ", "Marca")))
    assert (alone.identity, alone.model, alone.vendor) == ("CP-2", "M", "Holder 1")
