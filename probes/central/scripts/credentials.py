"""What our station shows is changed by the central system: its password, and its security profile (security white paper, A01, A05).

A new password is derived from the one that was given, and written down in a file that its owner alone may read for as long as it counts.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

from probes.adaptors.operations import ChangeConfiguration
from probes.cases.endings import Gone, NotExercised
from probes.central.audited import SETTLING, AuditedCsms
from probes.central.catalogue import case
from probes.central.doors import knock, needs_profile
from probes.csms.audit_password import AuditPassword
from probes.judge.central.rules.doors import FORMER, LOWER_PROFILE, NEW
from probes.wire.security import BASIC, MUTUAL_TLS, TLS_BASIC, ClientSecurity

KEY, PROFILE = "AuthorizationKey", "SecurityProfile"

MOMENTS = (2.0, 30.0)
"""Seconds after a change in which it may take effect, before it is tried whether it has."""


@case("TC_073_CSMS")
async def new_password(csms: AuditedCsms) -> None:
    """A new password: it counts, and the one before does not. Then the one before is asked for again."""
    security = needs_profile(csms, BASIC, TLS_BASIC)
    given = security.password or ""
    successor = AuditPassword(csms.identity, given).successor
    if successor is None:
        raise NotExercised("the password that was given is no key of 32 to 40 hexadecimal digits: it may not be possible to set it back")
    kept = _file(csms)
    _keep(kept, successor)
    try:
        now = await _changed(csms, successor)
        _keep(kept, now)
        if await _counts(csms, replace(security, password=now), security):
            csms.security = replace(security, password=now)
            # Only from here on somebody could be locked out: the former one is asked for again.
            await _changed(csms, given)
            await _shows_again(csms, security)
    finally:
        if csms.security == security:
            kept.unlink(missing_ok=True)
        else:
            csms.leave(f"the password of our station {csms.identity} there is now the one that stands in {kept}")


async def _changed(csms: AuditedCsms, password: str) -> str:
    """Have the password changed, and give the one that our station has then; it is away afterwards. Raises `NotExercised`."""
    station = await csms.online()
    former, station.security.lingers = station.security.credentials.authorization_key, SETTLING
    csms.transcript.redactor.conceal(password)
    request = await csms.wants(ChangeConfiguration(KEY, password))
    if request.status != "Accepted":
        raise NotExercised(f"our station answered the new password {request.status or request.error_code}")
    now = station.security.credentials.authorization_key or ""
    if now == former:
        raise NotExercised("our station was given no new password")
    csms.transcript.redactor.conceal(now)
    await csms.until(lambda: csms.ended_since(request.call.seq), csms.patience.effect)
    await csms.offline()
    return now


async def _counts(csms: AuditedCsms, new: ClientSecurity, former: ClientSecurity) -> bool:
    """Whether our station comes in with the new password; whether it does with the former one is tried as well. What a central system does
    a moment later counts, too.
    """
    opened = await _opened(csms, NEW, new, True)
    await _opened(csms, FORMER, former, False)
    return opened


async def _opened(csms: AuditedCsms, purpose: str, security: ClientSecurity, wanted: bool) -> bool:
    opened = False
    for seconds in MOMENTS:
        await csms.clock.sleep(seconds)
        opened = (await knock(csms, purpose, security)).opened
        if opened is wanted:
            break
    return opened


async def _shows_again(csms: AuditedCsms, security: ClientSecurity) -> None:
    """Our station comes with what it was given, unless it does not come in with that."""
    changed, csms.security = csms.security, security
    try:
        await csms.online()
    except Gone:
        csms.security = changed
        raise


def _file(csms: AuditedCsms) -> Path:
    return (csms.keeps or csms.home) / f"password-{re.sub(r'[^A-Za-z0-9_-]', '_', csms.identity)}.txt"


def _keep(file: Path, password: str) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as opened:
        opened.write(password + "\n")


@case("TC_083_CSMS")
async def higher_profile(csms: AuditedCsms) -> None:
    """The next higher security profile: our station comes with it, and with the former one no more."""
    security = needs_profile(csms, BASIC, TLS_BASIC)
    higher, former = security.profile + 1, csms.endpoint
    if higher not in csms.further:
        raise NotExercised(f"needs an endpoint for security profile {higher}; give --door {higher}=URL (it cannot be lowered again)")
    if higher == MUTUAL_TLS and security.key_pair is None:
        raise NotExercised(f"needs a certificate of our station for security profile {higher}; give --cert and --key")
    station = await csms.online()
    request = await csms.wants(ChangeConfiguration(PROFILE, str(higher)))
    if request.status != "Accepted":
        raise NotExercised(f"our station answered {request.status or request.error_code}: it needs --ca and a password of the key's form")
    await csms.until(lambda: csms.ended_since(request.call.seq), csms.patience.effect)
    await csms.until(lambda: station.online, csms.patience.connection)
    if not station.online or station.security.credentials.profile != higher:
        raise NotExercised(f"our station could not come in with security profile {higher}")
    await csms.offline()
    csms.endpoint, csms.security = csms.further[higher], replace(security, profile=higher)
    csms.leave(f"our station {csms.identity} comes with security profile {higher} from now on, which cannot be lowered over OCPP")
    await knock(csms, LOWER_PROFILE, security, endpoint=former)
    await csms.online()
