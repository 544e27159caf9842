"""The two passwords of a station under audit: both let it in, the second can be found again from the first, nobody else gets in."""

from __future__ import annotations

import base64

import pytest

from probes.csms.audit_password import AuditPassword, Shown
from probes.wire.passwords import basic_authorization

KEY = "00112233445566778899aabbccddeeff00112233"


async def shown(password: AuditPassword, text: str, identity: str = "CP1") -> tuple[str | None, Shown | None]:
    problem = await password.problem(identity, basic_authorization(identity, text))
    return problem, password.shown


async def test_both_let_the_station_in_and_it_is_known_which_it_was() -> None:
    password = AuditPassword("CP1", KEY)
    assert await shown(password, KEY) == (None, Shown.GIVEN)
    assert await shown(password, str(password.successor)) == (None, Shown.AUDITS)


async def test_the_second_is_found_again_from_the_first_and_differs_for_each_station() -> None:
    successor = AuditPassword("CP1", KEY).successor
    assert successor == AuditPassword("CP1", KEY).successor
    assert len(str(successor)) == len(KEY)
    assert len({successor, KEY, AuditPassword("CP2", KEY).successor, AuditPassword("CP1", "ff" * 20).successor}) == 4


async def test_the_digits_in_place_of_the_bytes_lock_nobody_out() -> None:
    password = AuditPassword("CP1", KEY)
    for text in (KEY.upper(), str(password.successor)):
        header = "Basic " + base64.b64encode(f"CP1:{text}".encode()).decode()
        assert await password.problem("CP1", header) is None
    assert password.shown is Shown.AUDITS


async def test_a_password_that_is_no_key_lets_in_and_is_never_changed() -> None:
    password = AuditPassword("CP1", "a word of somebody")
    assert (await shown(password, "a word of somebody"), password.can_be_changed) == ((None, Shown.GIVEN), False)


@pytest.mark.parametrize(
    ("identity", "header", "problem"),
    [
        ("CP1", None, "sent no password"),
        ("CP1", "Bearer x", "sent no credentials of the scheme Basic"),
        ("CP1", basic_authorization("CP2", KEY), "sent another user name than its identity"),
        ("CP2", basic_authorization("CP2", KEY), "sent another user name than its identity"),
        ("CP1", basic_authorization("CP1", "ff" * 20), "sent a wrong password"),
        ("CP1", basic_authorization("CP1", ""), "sent a wrong password"),
    ],
)
async def test_nobody_else_gets_in(identity: str, header: str | None, problem: str) -> None:
    password = AuditPassword("CP1", KEY)
    assert await password.problem(identity, header) == problem
    assert password.shown is None
