"""What a station shows when it connects: had from its present connection, made to be shown anew, and written down as evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from probes.cases.endings import NotApplicable, NotExercised
from probes.cases.station import AuditedStation
from probes.csms.audit_password import AuditPassword, Shown
from probes.judge.rules.credentials import CREDENTIALS, EXPECTED
from probes.judge.rules.firmware import is_secured
from probes.wire.connection import GOING_AWAY
from probes.wire.peer import Answer
from probes.wire.records import EventKind
from probes.wire.security import BASIC, TLS_BASIC

LEAVE_SECONDS = 60.0
"""How long a station may take to come back with what was changed by itself, before it is made to."""


def needs_security(station: AuditedStation) -> None:
    """The case is for products that are certified for the security extension."""
    if is_secured(station.certified):
        return
    if station.certified.facts.profiles is None:
        raise NotExercised("the certificate's profile table could not be read, so it is not known whether security is certified")
    raise NotApplicable("the security extension is not certified: the certificate's profile table says so")


def needs_profile(station: AuditedStation, *profiles: int) -> int:
    """The case needs a connection with one of these security profiles; gives with which it is."""
    profile = int(station.link.handshake.security.get("securityProfile", 0))
    if profile not in profiles:
        wanted = " or ".join(str(each) for each in profiles)
        text = f"needs a station that has come with security profile {wanted}; it came with {profile} (--security-profile, --door)"
        raise NotExercised(text)
    return profile


def needs_password(station: AuditedStation) -> AuditPassword:
    """The station's password was given to the audit, the station comes with one, and it can be given back."""
    needs_profile(station, BASIC, TLS_BASIC)
    password = station.password
    if password is None:
        raise NotExercised("needs the password that the station has, to give it back (--station-password-file)")
    if not password.can_be_changed:
        raise NotExercised("the password that was given is no key of 32 to 40 hexadecimal digits: it may not be possible to set it")
    return password


async def comes_back_anew(station: AuditedStation) -> None:
    """Have it show its credentials again: it comes by itself, or its connection is closed."""
    if not await station.leaves(LEAVE_SECONDS):
        await station.link.peer.close(GOING_AWAY, "please come back")
    await station.comes_back()


def note_credentials(station: AuditedStation, expected: Shown) -> Shown | None:
    """Say in the transcript with which password the station has come, and which it should have been; gives the former."""
    shown = station.password.shown if station.password is not None else None
    if shown is not None:
        detail = {CREDENTIALS: str(shown), EXPECTED: str(expected)}
        station.transcript.add_event(EventKind.AUDIT, station.link.identity, detail)
    return shown


def payload_of(answer: Answer) -> Mapping[str, Any] | None:
    """What a result says; None for anything else."""
    return answer.payload if answer.kind == "result" and isinstance(answer.payload, dict) else None
