"""Logs and exports in the shapes that other programs write: what each line says, and who sent each frame."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.modes.capture import of_fields
from probes.modes.directions import directions
from probes.modes.logs import read_log
from probes.modes.recordings import SparingRedactor, read_recordings
from probes.modes.stamps import find_stamp, stamp_of
from probes.wire.records import Direction, Frame, MessageType
from probes.wire.redact import TAG_PREFIX

STATION, CSMS = Direction.FROM_STATION, Direction.FROM_CSMS
BOOT = '[2,"b1","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}]'
BOOTED = '[3,"b1",{"status":"Accepted","currentTime":"2026-01-01T00:00:00Z","interval":300}]'
READ = '[2,"c1","GetConfiguration",{}]'
TRANSFER = '[2,"d1","DataTransfer",{"vendorId":"x"}]'
TRANSFERRED = '[3,"d1",{"status":"Rejected"}]'


def redactor() -> SparingRedactor:
    return SparingRedactor(b"k" * 32)


def told(text: str) -> list[tuple[str | None, Direction | None, str]]:
    """Per frame: station, direction and message id."""
    entries = read_log(text).entries
    return [(entry.station, way, json.loads(entry.raw)[1]) for entry, way in zip(entries, directions(entries), strict=True)]


def steve(message: str, word: str, station: str = "CP1", second: int = 0) -> str:
    head = f"[INFO ] 2025-12-13 15:50:{second:02},594 some.Logger (qtp1-30) - [chargeBoxId={station}, sessionId=53a8f814]"
    return f"{head} {word}: {message}"


def test_a_log_of_steve() -> None:
    text = "\n".join(
        [
            "[INFO ] 2025-12-13 15:50:18,000 some.Logger (qtp1-30) - [chargeBoxId=CP1, sessionId=53a8f814] Connection is established",
            steve(BOOT, "Received"),
            steve(BOOTED, "Sending"),
            steve(TRANSFER, "Received", second=1),
            steve(TRANSFERRED, "Sending", second=2),
        ]
    )
    assert told(text) == [("CP1", STATION, "b1"), ("CP1", CSMS, "b1"), ("CP1", STATION, "d1"), ("CP1", CSMS, "d1")]
    assert read_log(text).entries[2].when == datetime(2025, 12, 13, 15, 50, 1, 594000, UTC)


def test_the_same_words_in_a_station_s_own_log_mean_the_other_way_round() -> None:
    text = "\n".join([steve(BOOT, "Sending"), steve(BOOTED, "Received"), steve(TRANSFER, "Received")])
    assert [way for _, way, _ in told(text)] == [STATION, CSMS, CSMS]


def test_words_that_contradict_each_other_tell_nothing() -> None:
    text = "\n".join([steve(BOOT, "Received"), steve(READ, "Received"), steve(TRANSFER, "Received"), steve(TRANSFERRED, "Sending")])
    assert [way for _, way, _ in told(text)] == [STATION, CSMS, None, None]


def test_an_id_that_both_parties_use_leaves_open_who_is_answered() -> None:
    text = "\n".join(f"2026-01-01T00:00:00Z {frame}" for frame in (BOOT, BOOTED.replace("b1", "x"), READ.replace("c1", "b1"), BOOTED))
    assert [way for _, way, _ in told(text)] == [STATION, None, CSMS, None]


def test_a_log_of_the_python_library_with_frames_over_several_lines() -> None:
    text = (
        '2021-03-17 20:23:00 INFO (MainThread) [ocpp] Wallbox: send [2,"t1","TriggerMessage",{"requestedMessage":"BootNotification"}]\n'
        '2021-03-17 20:23:01 INFO (MainThread) [ocpp] Wallbox: receive message [3,"t1",\n{\n"status": "Accepted"\n}]\n'
        f"2021-03-17 20:23:02,250 INFO (MainThread) [ocpp] Wallbox: receive message {BOOT}\n"
    )
    assert told(text) == [("Wallbox", CSMS, "t1"), ("Wallbox", STATION, "t1"), ("Wallbox", STATION, "b1")]
    assert [entry.line for entry in read_log(text).entries] == [1, 2, 6]


def test_the_python_library_as_it_logs_by_itself_without_times() -> None:
    text = f"csms-1  | INFO:ocpp:CP_1: receive message {BOOT}\ncsms-1  | INFO:ocpp:CP_1: send {BOOTED}\n"
    assert told(text) == [("CP_1", STATION, "b1"), ("CP_1", CSMS, "b1")]
    assert [entry.when for entry in read_log(text).entries] == [None, None]


def test_an_identity_with_blanks_in_a_log_with_tabs() -> None:
    head = "[INFO ]\t2026-06-17\t05:46:33,026\tsome.Logger\t(qtp1-19)\t-\t[chargeBoxId=Car park 1,\tsessionId=d7264f05]\t"
    text = f"{head}Received:\t{BOOT}\t\t\n{head}Sending:\t{BOOTED}\t\n{head}Received Pong\n"
    assert told(text) == [("Car park 1", STATION, "b1"), ("Car park 1", CSMS, "b1")]


def test_a_log_that_a_container_or_a_journal_has_put_its_own_words_before() -> None:
    container = (
        f"evcc  | [ocpp  ] TRACE 2026/07/23 10:21:46 recv Garage: {BOOT}\nevcc  | [ocpp  ] TRACE 2026/07/23 10:21:46 send Garage: {BOOTED}"
    )
    assert told(container) == [("Garage", STATION, "b1"), ("Garage", CSMS, "b1")]
    journal = "2026-05-21T15:19:17.348792+0200 host manager[3875]: [INFO] ocpp:OCPP        ::"
    everest = f"{journal} ChargePoint: {BOOT}\n{journal}                 CentralSystem: {BOOTED}"
    assert [way for _, way, _ in told(everest)] == [STATION, CSMS]
    assert read_log(everest).entries[0].when == datetime(2026, 5, 21, 13, 19, 17, 348792, UTC)


@pytest.mark.parametrize("words", [("received JSON message from {}:", "sent JSON message to {}:"), ("recv {}:", "send {}:")])
def test_a_log_of_a_go_central_system(words: tuple[str, str]) -> None:
    received, sent = (word.format("Garage") for word in words)
    text = f"[ocpp  ] TRACE 2024/10/30 03:40:04 {received} {BOOT}\n[ocpp  ] TRACE 2024/10/30 03:40:05 {sent} {BOOTED}"
    assert told(text) == [("Garage", STATION, "b1"), ("Garage", CSMS, "b1")]


def test_the_log_file_of_everest_names_both_ends_in_the_line_before() -> None:
    pretty = json.dumps(json.loads(TRANSFER), indent=2)
    text = f"2026-05-21T15:17:02.094Z: CentralSystem>ChargePoint  DataTransfer\n{pretty}\n\n"
    text += f"2026-05-21T15:17:03.000Z: ChargePoint>CentralSystem DataTransferResponse \n{TRANSFERRED}\n\n"
    assert told(text) == [(None, CSMS, "d1"), (None, STATION, "d1")]
    assert read_log(text).entries[0].when == datetime(2026, 5, 21, 15, 17, 2, 94000, UTC)


def test_the_page_of_everest() -> None:
    escaped = TRANSFER.replace('"x"', '"&lt;x&gt;"')
    row = (
        f'<tr class="CentralSystem"> <td>2026-05-21T15:17:02.094Z</td> <td>CentralSystem&gt;ChargePoint</td> <td><b></b></td>'
        f'<td><b>DataTransfer</b></td> <td><pre lang="json">{escaped}</pre></td> </tr>'
    )
    (entry,) = read_log(f"<html><body><table>\n{row}\n</table></body></html>").entries
    assert (entry.direction, json.loads(entry.raw)[3]) == (CSMS, {"vendorId": "<x>"})


def test_the_console_of_everest_with_its_colours() -> None:
    (entry,) = read_log(f"2026-05-21 15:17:02.094042 [INFO] ocpp:OCPP16 :: \x1b[1;35mChargePoint: {TRANSFERRED}\x1b[1;0m").entries
    assert (entry.direction, entry.when) == (STATION, datetime(2026, 5, 21, 15, 17, 2, 94042, UTC))


def rows() -> list[dict[str, object]]:
    """Rows of CitrineOS's table of messages."""
    return [
        {"stationId": "cp001", "origin": "cs", "message": json.loads(BOOT), "timestamp": "2026-01-05T10:00:00.000Z", "action": "X"},
        {"stationId": "cp001", "origin": "csms", "message": json.loads(TRANSFER), "timestamp": "2026-01-05T10:00:01.000Z"},
    ]


EXPECTED_ROWS = [("cp001", STATION, "b1"), ("cp001", CSMS, "d1")]


def test_an_export_of_citrineos_as_a_query_gives_it_and_as_rows() -> None:
    assert told(json.dumps({"data": {"OCPPMessages": rows()}}, indent=1)) == EXPECTED_ROWS
    assert told(json.dumps(rows())) == EXPECTED_ROWS
    assert told("\n".join(json.dumps(row) for row in rows())) == EXPECTED_ROWS
    raw = [{**row, "message": None, "raw": json.dumps(row["message"]), "ocppConnectionName": row.pop("stationId")} for row in rows()]
    assert told(json.dumps(raw)) == EXPECTED_ROWS


def test_an_export_as_a_table() -> None:
    lines = ["id,ocppConnectionName,origin,message,timestamp"]
    for number, row in enumerate(rows()):
        quoted = json.dumps(row["message"]).replace('"', '""')
        lines.append(f'{number},cp001,{row["origin"]},"{quoted}",{row["timestamp"]}')
    assert told("\n".join(lines)) == EXPECTED_ROWS


def test_a_program_that_logs_json_with_the_frame_inside_a_text() -> None:
    line = json.dumps({"level": "info", "time": "2026-01-05T10:00:00Z", "msg": f"cp_id=CP7 received {BOOT}"})
    assert told(line) == [("CP7", STATION, "b1")]


def test_a_capture_says_by_the_mask_who_sent_and_by_the_path_which_station() -> None:
    lines = [
        "1\t1767607200.5\t0\t/ocpp/CP%201\t\t\t",
        f"2\t1767607200.75\t0\t\t1\tTrue\t{BOOT}",
        f"3\t1767607201.0\t0\t\t9\x1f0x01\t0\x1f0\t{TRANSFER}",
        "4\t1767607202.0\t0\t\t9\t1\t",
        f"5\t1767607203.0\t0\t\t1\x1f1\t1\x1f1\t{BOOT}",
        f"6\t1767607204.0\t0\t\t1\x1f1\t1\x1f1\t{BOOT}\x1f{TRANSFER}",
    ]
    log = of_fields(lines)
    assert [(entry.line, entry.station, entry.direction, entry.raw) for entry in log.entries] == [
        (2, "CP 1", STATION, BOOT),
        (3, "CP 1", CSMS, TRANSFER),
        (6, "CP 1", STATION, BOOT),
        (6, "CP 1", STATION, TRANSFER),
    ]
    assert log.broken == [5]
    assert log.entries[0].when == datetime(2026, 1, 5, 10, 0, 0, 750000, UTC)


def test_what_tshark_prints_otherwise_than_it_was_sent() -> None:
    def sent(printed: str) -> object:
        (entry,) = of_fields([f"2\t1767607200.75\t0\t\t1\t1\t{printed}"]).entries
        return json.loads(entry.raw)

    assert sent(r'[2,"1","Heartbeat",\n\t{}\r\n]') == [2, "1", "Heartbeat", {}]
    assert sent(r'[2,"1","DataTransfer",{"data":"a\nb\\c\"d"}]') == [2, "1", "DataTransfer", {"data": 'a\nb\\c"d'}]
    assert sent(r'[2,"1","DataTransfer",{"data":"c\\"d"}]') == [2, "1", "DataTransfer", {"data": 'c"d'}]


def test_lines_that_break_off_are_counted_and_arrays_that_are_no_messages_are_not() -> None:
    text = f'2026-01-01T00:00:00Z [2,"a","Hea\n2026-01-01T00:00:01Z values [3, 4, 5] of [2, 7]\n2026-01-01T00:00:02Z {BOOT}'
    log = read_log(text)
    assert (log.broken, [entry.line for entry in log.entries]) == ([1], [3])


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, 0, UTC)),
        ("2026-01-02 03:04:05,678 INFO", datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)),
        ("2026-01-02T03:04:05.123456789+02:00", datetime(2026, 1, 2, 1, 4, 5, 123456, UTC)),
        ("2026/01/02 03:04:05", datetime(2026, 1, 2, 3, 4, 5, 0, UTC)),
        ("02.01.2026 03:04:05.5", datetime(2026, 1, 2, 3, 4, 5, 500000, UTC)),
        ("1767323045.25 frame", datetime(2026, 1, 2, 3, 4, 5, 250000, UTC)),
        ("1767323045250 frame", datetime(2026, 1, 2, 3, 4, 5, 250000, UTC)),
        ("2026-13-02T03:04:05Z", None),
        ("no time", None),
    ],
)
def test_time_stamps(text: str, moment: datetime | None) -> None:
    assert find_stamp(text) == moment


def test_time_stamps_that_are_numbers() -> None:
    assert stamp_of(1767323045250) == stamp_of(1767323045.25) == datetime(2026, 1, 2, 3, 4, 5, 250000, UTC)
    assert [stamp_of(value) for value in (True, -5, 10**30, None, float("nan"))] == [None] * 5


def test_several_stations_each_have_their_recording_and_secrets_are_gone() -> None:
    tagged = '[2,"a1","Authorize",{"idTag":"ABCDEF12"}]'
    text = "\n".join([steve(tagged, "Received", "CP1"), steve(tagged, "Received", "CP2", 3), steve(BOOT, "Received", "CP1", 5)])
    found = {each.station: each for each in read_recordings(text, redactor()).stations}
    assert {name: [record.seq for record in each.records] for name, each in found.items()} == {"CP1": [1, 3], "CP2": [2]}
    assert "ABCDEF12" not in str(found)
    assert not found["CP1"].exact
    assert [record.elapsed for record in found["CP1"].records] == [0.0, 5.0]


def test_a_redacted_transcript_stays_as_it_is() -> None:
    stands = SparingRedactor(b"a" * 32).tag("ABCDEF12")
    assert stands.startswith(TAG_PREFIX)
    assert SparingRedactor(b"b" * 32).tag(stands) == stands
    assert SparingRedactor(b"b" * 32).tag("tag:nohash") != "tag:nohash"


def test_a_transcript_without_its_optional_keys() -> None:
    lines = [
        json.dumps({"timestamp": f"2026-01-01T00:00:0{second}Z", "direction": way, "raw": raw})
        for second, (way, raw) in enumerate([(STATION, BOOT), (CSMS, BOOTED)])
    ]
    read = read_recordings("\n".join([*lines, "{broken"]), redactor())
    (recording,) = read.stations
    assert (recording.exact, recording.timed, read.broken) == (False, True, (3,))
    frames = [record for record in recording.records if isinstance(record, Frame)]
    assert [(frame.seq, frame.elapsed, frame.message_type, frame.action) for frame in frames] == [
        (1, 0.0, MessageType.CALL, "BootNotification"),
        (2, 1.0, MessageType.CALLRESULT, "BootNotification"),
    ]


def test_times_that_go_back_count_as_the_time_before() -> None:
    text = "\n".join(f"2026-01-01T00:00:0{second}Z {BOOT}" for second in (5, 3, 7))
    (recording,) = read_recordings(text, redactor()).stations
    assert [record.elapsed for record in recording.records] == [0.0, 0.0, 2.0]


@given(st.text(st.characters(codec="utf-8"), max_size=300))
def test_any_text_is_read(text: str) -> None:
    read_recordings(text, redactor())


FRAGMENTS = [BOOT, BOOTED, TRANSFER, "\n", "{", "}", "[", "]", '"', ",", ":", "2026-01-01T00:00:00Z ", '{"raw":', "timestamp,message", "\\"]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30))
def test_any_pieces_of_logs_are_read(pieces: list[str]) -> None:
    read_recordings("".join(pieces), redactor())
