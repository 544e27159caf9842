"""Whom a station trusts: with the certificate of a central system, and of who signs firmware, that nobody has signed."""

from __future__ import annotations

import tempfile
from pathlib import Path

from probes.cases.catalogue import trial
from probes.cases.credentials import needs_profile, needs_security
from probes.cases.endings import NotExercised
from probes.cases.files import inbox, ways
from probes.cases.identifiers import identifier
from probes.cases.requests import accepted
from probes.cases.station import AuditedStation
from probes.judge.rules.trust import LEFT, NO_CERTIFICATE, SHOWN, UNTRUSTED
from probes.pki.issuing import untrusted_pair
from probes.wire.clock import ocpp_time
from probes.wire.connection import GOING_AWAY
from probes.wire.records import EventKind
from probes.wire.security import MUTUAL_TLS, TLS_BASIC

COMES_SECONDS = 120.0
"""How long a station is waited for that was sent away."""


@trial("unsigned-firmware-certificate")
async def unsigned_firmware_certificate(station: AuditedStation) -> None:
    """SignedUpdateFirmware with what is no certificate. Were it accepted there would be nothing to fetch."""
    needs_security(station)
    await station.settle()
    station.needs_no_transaction()
    with inbox(station, ways(station)[0]) as nothing:
        firmware = {
            "location": nothing.location,
            "retrieveDateTime": ocpp_time(station.clock.now()),
            "signingCertificate": NO_CERTIFICATE,
            "signature": "bm8gc2lnbmF0dXJl",
        }
        since = station.transcript.seq
        if accepted(await station.signed_update_firmware(identifier(), firmware)):
            await station.called("SignedFirmwareStatusNotification", COMES_SECONDS, since=since)


@trial("untrusted-central-system")
async def untrusted_central_system(station: AuditedStation) -> None:
    """The connection is closed, and who comes meets another certificate, and behind it a closed door. Then all is as before."""
    needs_security(station)
    profile = needs_profile(station, TLS_BASIC, MUTUAL_TLS)
    await station.settle()
    station.needs_no_transaction()
    csms, pairs = station.csms, station.csms.doors.key_pairs(profile)
    if len(csms.links) > 1 or not pairs:
        raise NotExercised("only where no other station comes to this central system, whose certificate all would see")
    earlier = csms.arrivals
    with tempfile.TemporaryDirectory() as folder:
        csms.doors.show_instead(untrusted_pair(pairs[0][0], Path(folder), csms.now()))
    station.steering.away = True
    try:
        station.mark()
        await station.link.peer.close(GOING_AWAY, "please come back")
        await csms.arrival(lambda arrival: all(arrival is not known for known in earlier), COMES_SECONDS)
    finally:
        csms.doors.show_instead(None)
        station.steering.away = False
    left = sum(not arrival.identity and all(arrival is not known for known in earlier) for arrival in csms.arrivals)
    station.transcript.add_event(EventKind.AUDIT, station.link.identity, {SHOWN: UNTRUSTED, LEFT: left})
    await station.comes_back()
    await station.settle()
    await station.shows_presence()
