"""Who gets which message: the routing of a relayed line, without a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.modes.routing import CALL_SECONDS, MOST_REMEMBERED, Route, Router, is_read_only
from probes.wire.envelope import Envelope, read_envelope


def call(identifier: str) -> Envelope:
    return read_envelope(f'[2,"{identifier}","Heartbeat",{{}}]')


def answer(identifier: str) -> Envelope:
    return read_envelope(f'[3,"{identifier}",{{}}]')


def test_without_probes_everything_is_passed_on() -> None:
    router = Router()
    assert router.from_station(call("1")) is Route.FORWARD
    assert router.from_csms(answer("1"), 0.0) is Route.FORWARD
    assert router.from_csms(call("1"), 0.0) is Route.FORWARD
    assert router.from_station(answer("1")) is Route.FORWARD
    assert router.from_station(answer("never asked")) is Route.FORWARD
    assert router.from_station(read_envelope("no JSON")) is router.from_csms(read_envelope(b"\x00"), 0.0) is Route.FORWARD


def test_a_probe_waits_for_the_central_system_and_its_answer_is_swallowed() -> None:
    router = Router()
    router.from_csms(call("c"), 0.0)
    assert not router.is_free(1.0)
    router.from_station(answer("c"))
    assert router.is_free(1.0)
    router.begin("p")
    assert not router.is_free(1.0)
    assert router.from_station(answer("p")) is Route.SWALLOW
    assert router.from_station(answer("p")) is Route.FORWARD
    assert router.is_free(1.0)


def test_a_call_that_nobody_answers_does_not_keep_the_line_for_ever() -> None:
    router = Router()
    router.from_csms(call("c"), 0.0)
    assert not router.is_free(CALL_SECONDS - 1)
    assert router.is_free(CALL_SECONDS + 1)


def test_a_call_of_the_central_system_waits_and_its_answers_do_not() -> None:
    router = Router()
    router.from_station(call("s"))
    router.begin("p")
    assert router.from_csms(call("c1"), 0.0) is Route.HOLD
    assert router.from_csms(answer("s"), 0.0) is Route.FORWARD
    assert router.drop() == "p"
    assert router.from_csms(call("c2"), 0.0) is Route.HOLD  # in order, behind the first
    router.released()
    router.forwarded("c1", 0.0)
    assert not router.is_free(0.0)
    assert router.from_station(answer("p")) is Route.SWALLOW
    assert router.from_station(answer("c1")) is Route.FORWARD


def test_when_the_central_system_is_lost_open_calls_are_named_and_answers_to_it_are_swallowed() -> None:
    router = Router()
    router.from_station(call("s"))
    router.from_station(read_envelope('[2,7,"Heartbeat",{}]'))
    router.from_csms(call("c"), 0.0)
    router.from_csms(call("again"), 0.0)
    assert router.upstream_lost() == ["s", 7]
    assert router.upstream_lost() == []
    assert router.from_station(answer("c")) is Route.SWALLOW
    # The central system counts anew: an id that it uses again is answered to it.
    assert router.from_csms(call("again"), 1.0) is Route.FORWARD
    assert router.from_station(answer("again")) is Route.FORWARD


@pytest.mark.parametrize("action", ["ChangeConfiguration", "Reset", "TriggerMessage", "RemoteStartTransaction", "getconfiguration", ""])
def test_what_does_not_only_read_is_no_probe(action: str) -> None:
    assert not is_read_only(action, {})


def test_what_only_reads_is_one() -> None:
    assert all(is_read_only(action, {}) for action in ("GetConfiguration", "GetLocalListVersion", "GetCompositeSchedule"))


STEPS = st.tuples(st.sampled_from(["station", "csms"]), st.sampled_from([call, answer]), st.sampled_from(["1", "2", "3"]))


@given(st.lists(st.one_of(STEPS, st.just("probe"), st.just("drop"), st.just("lost")), max_size=60))
def test_no_answer_to_a_probe_ever_reaches_the_central_system(steps: list[object]) -> None:
    router = Router()
    probes: list[str] = []
    for step in steps:
        if step == "probe" and router.is_free(0.0):
            probes.append(f"probe-{len(probes)}")
            router.begin(probes[-1])
        elif step == "drop":
            router.drop()
            router.released()
        elif step == "lost":
            router.drop()
            router.released()
            router.upstream_lost()
        elif isinstance(step, tuple):
            who, make, identifier = step
            if who == "station":
                router.from_station(make(identifier))
            elif router.from_csms(make(identifier), 0.0) is Route.HOLD:
                assert router.probe is not None or router.held > 1
    assert all(router.from_station(answer(probe)) is Route.SWALLOW for probe in probes)


def test_what_is_remembered_is_bounded() -> None:
    router = Router()
    for number in range(10 * MOST_REMEMBERED):
        router.from_station(call(str(number)))
        router.from_csms(call(str(number)), 0.0)
        router.begin(f"p{number}")
        router.drop()
        router.released()
    assert len(router.upstream_lost()) == MOST_REMEMBERED
