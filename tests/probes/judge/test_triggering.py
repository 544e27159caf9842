"""Triggers judged in hand-written talks: what is accused, and what may be a coincidence."""

from __future__ import annotations

from typing import Any

import pytest

from probes.judge.outcomes import Outcome
from registry.certificates.facts import CertificateFacts
from tests.probes.judge.talk import CORE_KEYS, CSMS, NOT_CERTIFIED, STATION, Talk, certificate

PROFILES = {"Core": "Pass"} | dict.fromkeys(NOT_CERTIFIED, "N/A") | {"Remote Trigger": "Pass"}
KEYS = CORE_KEYS | {"SupportedFeatureProfiles": ("Core,RemoteTrigger", True)}
STAMP = "2026-01-01T00:00:00Z"

NOTHING, ANOTHER, EARLY = "TriggerMessage/no message", "TriggerMessage/another connector", "TriggerMessage/before answer"
UNKNOWN, CONTEXT = "TriggerMessage/unknown connector", "MeterValues/context"


def facts(**changes: Any) -> CertificateFacts:
    declared = {key: value or None for key, (value, _) in KEYS.items()}
    return certificate(**({"profiles": PROFILES, "configuration_keys": declared} | changes))


def station(keys: dict[str, tuple[str, bool]] | None = None, connectors: int = 1) -> Talk:
    talk = Talk().event()
    talk.boots(interval=300)
    for connector in range(connectors + 1):
        talk.reports(connector)
    talk.lists({**(KEYS if keys is None else keys), "NumberOfConnectors": (str(connectors), True)})
    talk.now = 30.0
    return talk


def triggers(talk: Talk, message: str, connector: int | None = None, answer: Any = "Accepted") -> None:
    payload = {"requestedMessage": message} | ({} if connector is None else {"connectorId": connector})
    talk.asks("TriggerMessage", payload, {"status": answer} if answer[:1].isupper() and answer in STATUSES else answer)


STATUSES = {"Accepted", "Rejected", "NotImplemented"}


def beats(talk: Talk) -> None:
    talk.tells("Heartbeat", {}, {"currentTime": STAMP})


def measures(talk: Talk, context: str | None = "Trigger", connector: int = 1, **more: Any) -> None:
    value = {"value": "1"} | ({} if context is None else {"context": context})
    talk.tells("MeterValues", {"connectorId": connector, "meterValue": [{"timestamp": STAMP, "sampledValue": [value]}]} | more)


def later(talk: Talk, seconds: float = 61.0) -> None:
    """Time passes, and the station is there."""
    talk.now += seconds
    talk.lists(KEYS, asked=["NumberOfConnectors"])


def accusations(talk: Talk, **changes: Any) -> list[str | None]:
    return [judgement.subject for judgement in talk.judged(facts=facts(**changes)) if judgement.accuses]


def outcomes(talk: Talk, obligation: str = "triggered-message-comes") -> list[Outcome]:
    return [judgement.outcome for judgement in talk.judged(obligation, facts())]


def test_the_message_comes() -> None:
    talk = station()
    triggers(talk, "Heartbeat")
    beats(talk)
    triggers(talk, "StatusNotification", 1)
    talk.reports(1)
    triggers(talk, "MeterValues", 1)
    measures(talk)
    later(talk)
    assert (outcomes(talk), accusations(talk)) == ([Outcome.PASSED] * 3, [])


@pytest.mark.parametrize(("times", "expected"), [(1, []), (2, [NOTHING, NOTHING])])
def test_what_does_not_come_counts_the_second_time(times: int, expected: list[str]) -> None:
    talk = station()
    for _ in range(times):
        triggers(talk, "Heartbeat")
        later(talk)
    assert accusations(talk) == expected


def test_what_was_not_watched_long_enough_is_not_missing() -> None:
    talk = station()
    for _ in range(2):
        triggers(talk, "Heartbeat")
        later(talk, 20.0)
    assert accusations(talk) == []


def test_a_pics_value_gives_more_time() -> None:
    talk = station()
    rows = (*(certificate().performance or ()),)
    for _ in range(2):
        triggers(talk, "Heartbeat")
        later(talk)
    slow = (*rows, type(rows[0])("OCPP triggered function timeout", 90, 5))
    assert accusations(talk, performance=slow) == []


@pytest.mark.parametrize("answer", ["Rejected", "NotImplemented", "InternalError"])
def test_a_station_may_refuse(answer: str) -> None:
    talk = station()
    triggers(talk, "Heartbeat", answer=answer)
    later(talk)
    assert (outcomes(talk), accusations(talk)) == ([Outcome.NOT_EXERCISED], [])


def test_a_certified_station_does_not_refuse_the_request_itself() -> None:
    talk = station()
    triggers(talk, "Heartbeat", answer="NotSupported")
    assert accusations(talk) == ["answers/TriggerMessage"]


@pytest.mark.parametrize("message", ["FirmwareStatusNotification", "DiagnosticsStatusNotification"])
@pytest.mark.parametrize("answer", ["NotImplemented", "Rejected"])
def test_messages_of_another_profile(message: str, answer: str) -> None:
    talk = station()
    triggers(talk, message, answer=answer)
    assert accusations(talk) == []


def test_the_connector_that_was_asked_for() -> None:
    talk = station(connectors=2)
    for _ in range(2):
        triggers(talk, "StatusNotification", 2)
        talk.reports(1)
        later(talk)
    assert accusations(talk) == [ANOTHER, ANOTHER]


def test_another_connector_may_report_as_well() -> None:
    talk = station(connectors=2)
    for _ in range(2):
        triggers(talk, "StatusNotification", 2)
        talk.reports(1)
        talk.reports(2)
        later(talk)
    assert accusations(talk) == []


def test_a_station_with_a_main_meter_alone_tells_of_that() -> None:
    talk = station()
    for _ in range(2):
        triggers(talk, "MeterValues", 1)
        measures(talk, connector=0)
        later(talk)
    assert accusations(talk) == []


def test_without_a_measurand_there_is_nothing_to_send() -> None:
    talk = station(KEYS | {"MeterValuesSampledData": ("", False)})
    for _ in range(2):
        triggers(talk, "MeterValues", 1)
        later(talk)
    assert NOTHING not in accusations(talk)


# --- first the answer


def _early(talk: Talk, message: str = "Heartbeat") -> None:
    """The message between the request and its answer."""
    request = f'[2, "t{len(talk.records)}", "TriggerMessage", {{"requestedMessage": "{message}"}}]'
    number = len(talk.records)

    talk.frame(CSMS, request)
    beats(talk)
    talk.frame(STATION, f'[3, "t{number}", {{"status": "Accepted"}}]')


@pytest.mark.parametrize(("times", "expected"), [(1, []), (2, [EARLY, EARLY])])
def test_before_its_answer_counts_the_second_time(times: int, expected: list[str]) -> None:
    talk = station()
    for _ in range(times):
        _early(talk)
        later(talk, 20.0)
    assert accusations(talk) == expected


def test_a_message_that_comes_all_the_time_may_be_on_its_way() -> None:
    talk = station()
    for _ in range(4):
        beats(talk)
        talk.now += 5.0
        _early(talk)
        talk.now += 5.0
    assert EARLY not in accusations(talk)


# --- the context of values


@pytest.mark.parametrize(
    ("context", "times", "expected"),
    [
        ("Sample.Periodic", 1, []),
        ("Sample.Periodic", 2, [CONTEXT, CONTEXT]),
        ("Sample.Clock", 2, []),
        (None, 2, []),
        ("Trigger", 2, []),
    ],
)
def test_triggered_values_say_so(context: str | None, times: int, expected: list[str]) -> None:
    talk = station()
    for _ in range(times):
        triggers(talk, "MeterValues", 1)
        measures(talk, context)
        later(talk)
    assert accusations(talk) == expected


def test_in_a_transaction_a_periodic_value_may_be_on_its_way() -> None:
    talk = station()
    talk.reports(1, "Charging")
    for _ in range(2):
        triggers(talk, "MeterValues", 1)
        measures(talk, "Sample.Periodic")
        later(talk)
    assert CONTEXT not in accusations(talk)


# --- a connector that is not there


@pytest.mark.parametrize(("times", "expected"), [(1, []), (2, [UNKNOWN, UNKNOWN])])
def test_a_connector_that_does_not_exist(times: int, expected: list[str]) -> None:
    talk = station()
    for _ in range(times):
        triggers(talk, "MeterValues", 2)
        later(talk)
    assert accusations(talk) == expected


@pytest.mark.parametrize("answer", ["Rejected", "NotImplemented", "PropertyConstraintViolation", "NotSupported"])
def test_it_is_refused_in_any_form(answer: str) -> None:
    talk = station()
    triggers(talk, "MeterValues", 2, answer)
    later(talk)
    assert accusations(talk) == []
    assert outcomes(talk, "trigger-unknown-connector") == [Outcome.PASSED]


def test_values_of_the_connectors_that_there_are_help_as_well() -> None:
    talk = station()
    for _ in range(2):
        triggers(talk, "MeterValues", 2)
        measures(talk)
        later(talk)
    assert UNKNOWN not in accusations(talk)


def test_values_of_a_connector_that_does_not_exist() -> None:
    talk = station()
    triggers(talk, "MeterValues", 2)
    measures(talk, connector=2)
    assert UNKNOWN in accusations(talk)
