"""What a station shows when it connects, and what changes that (security white paper A00, A01, A02, A05).

With which credentials a connection was opened is in its event, where a central system of this product wrote it; of other recordings it is
not known, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges, judges_views
from probes.judge.rules.firmware import is_secured
from probes.judge.times import moment
from probes.pki.certificates import Certificate, NoCertificate, fingerprint, read_chain
from probes.pki.requests import NoRequest, read_request, request_problem
from probes.wire.records import ConnectionEvent, EventKind
from registry.certificates.facts import Severity

CREDENTIALS, EXPECTED = "credentials", "expected"
"""In an event of the audit: with which of two passwords the station has come, and with which it should have."""

EVENT_SECONDS = 60.0
"""How long a security event may take to be told."""

REQUEST_SECONDS = 300.0
"""How long a station may take to make a key and ask for its certificate: small processors need minutes for RSA."""

_BASIC, _TLS_BASIC, _MUTUAL = 1, 2, 3
_OLDEST = "TLSv1.2"
_VERSIONS = frozenset({_OLDEST, "TLSv1.3"})
_SOUND = ("GCM", "CCM", "CHACHA20")
"""What suites are made of that nobody calls weak; with TLS 1.3 there are no others."""

_KEY = "authorizationkey"


def opened(view: View, connection: int) -> ConnectionEvent | None:
    """The event that opened this connection."""
    for record in view.traffic.records:
        if (
            isinstance(record, ConnectionEvent)
            and record.event is EventKind.OPEN
            and view.traffic.connection_of.get(record.seq) == connection
        ):
            return record
    return None


def profile_of(event: ConnectionEvent | None) -> int | None:
    """The security profile with which a connection was opened; None: not known."""
    told = event.detail.get("securityProfile") if event is not None else None
    return told if isinstance(told, int) and not isinstance(told, bool) else None


# --- connections


def _connections(view: View) -> Iterator[tuple[Exchange, ConnectionEvent, int]]:
    """The connections with a security profile on which the station has said something, with its first call."""
    for record in view.traffic.records:
        profile = profile_of(record) if isinstance(record, ConnectionEvent) and record.event is EventKind.OPEN else None
        if isinstance(record, ConnectionEvent) and profile:
            call = view.story.first_call(view.traffic.connection_of[record.seq])
            if call is not None:
                yield call, record, profile


def _tls(event: ConnectionEvent) -> dict[str, object]:
    told = event.detail.get("tls")
    return told if isinstance(told, dict) else {}


@judges_views("comes-with-basic-authentication")
def comes_with_basic_authentication(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_085: whoever does not show user name and password is not let in through such a door (A00.FR.203, 204)."""
    for call, event, profile in _connections(view):
        headers = event.detail.get("headers")
        names = {str(name).casefold() for name in headers} if isinstance(headers, dict) else set()
        if profile in {_BASIC, _TLS_BASIC} and "authorization" in names:
            text = f"the station came with its identity as user name and its password, with security profile {profile} (record {event.seq})"
            yield bench.passes(call, text)


@judges_views("comes-over-tls")
def comes_over_tls(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_086: TLS 1.2 or later, against a server that shows a certificate (A00.FR.312, 318).

    A laboratory lets in who has nothing better, and prefers what is right. An older version is for stations that cannot do better
    (A00.FR.312), and the suites that a station must have may be those for a kind of key that the door does not have: so both warn.
    """
    for call, event, profile in _connections(view):
        version, suite = _tls(event).get("version"), str(_tls(event).get("cipher"))
        if profile < _TLS_BASIC or not isinstance(version, str):
            continue
        said = f"the station came over {version} with {suite} (record {event.seq})"
        if version not in _VERSIONS:
            text = f"{said}: TLS before 1.2 is only for stations that cannot do better"
            yield bench.open(call, text, Severity.WARNING, "TLS/version")
        elif version == _OLDEST and _tls(event).get("cipher") and not any(kind in suite for kind in _SOUND):
            yield bench.open(call, f"{said}: none of the suites that a station must have", Severity.WARNING, "TLS/cipher suite")
        else:
            yield bench.passes(call, said)


@judges_views("comes-with-certificate")
def comes_with_certificate(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_087: with a certificate of its own, which the central system has found good (A00.FR.404 to 406)."""
    for call, event, profile in _connections(view):
        tls = _tls(event)
        shown = tls.get("peerCertificate")
        if profile == _MUTUAL and tls.get("version") in _VERSIONS and isinstance(shown, dict):
            yield bench.passes(
                call, f"the station came over {tls['version']} with its certificate {shown.get('serialNumber')} (record {event.seq})"
            )


# --- the password


@judges_exchanges("new-password-is-used")
def new_password_is_used(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_073: after Accepted only the new password counts (A01.FR.03), so the station must come with it."""
    if not _changes(exchange, _KEY):
        return
    profile = profile_of(opened(view, exchange.connection))
    if exchange.status == "NotSupported" and profile in {_BASIC, _TLS_BASIC} and is_secured(view.certified):
        text = "a change of AuthorizationKey was answered NotSupported, and the station shows a password, which that key holds"
        yield bench.fails(exchange, text, "ChangeConfiguration/AuthorizationKey")
        return
    if exchange.status != "Accepted":
        yield bench.open(exchange, "the station did not take a new password, which it may refuse (A01.FR.04)")
        return
    event = _credentials_after(view, exchange)
    if event is None:
        yield bench.open(exchange, "a new password was Accepted; with which the station came then is not known")
    elif event.detail[CREDENTIALS] == event.detail.get(EXPECTED):
        yield bench.passes(exchange, f"after the change the station came with its new password (record {event.seq})")
    else:
        text = f"a new password was Accepted, and the station came with the one before (record {event.seq})"
        yield bench.fails(exchange, text, "AuthorizationKey/no effect", frames=(*exchange.seqs, event.seq))


def _changes(exchange: Exchange, folded: str) -> bool:
    own = exchange.from_csms and exchange.action == "ChangeConfiguration" and exchange.reply is not None
    return own and str(exchange.payload.get("key")).casefold() == folded


def _credentials_after(view: View, exchange: Exchange) -> ConnectionEvent | None:
    later = (e.call.seq for e in view.story.asked["ChangeConfiguration"] if e.call.seq > exchange.call.seq and _changes(e, _KEY))
    until = min(later, default=None)
    for record in view.traffic.records:
        if isinstance(record, ConnectionEvent) and record.seq > exchange.call.seq and CREDENTIALS in record.detail:
            return record if until is None or record.seq < until else None
    return None


# --- the security profile


@judges_exchanges("higher-profile-is-used")
def higher_profile_is_used(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_083: after Accepted the station comes with the higher profile; where that fails it may fall back (A05.FR.07, 08)."""
    before, wanted = _profiles(exchange, view)
    if before is None or wanted is None or wanted <= before:
        return
    if exchange.status != "Accepted":
        yield bench.open(exchange, f"security profile {wanted} was not taken, for which there may be reasons here (A05.FR.02 to 04)")
        return
    event = opened(view, exchange.connection + 1)
    if event is not None and profile_of(event) == wanted:
        yield bench.passes(exchange, f"the station came with security profile {wanted} (record {event.seq})")
    else:
        came = "did not come back" if event is None else f"came back with security profile {profile_of(event)}"
        yield bench.open(
            exchange, f"security profile {wanted} was Accepted, and the station {came}; whether it could do otherwise is not known"
        )


@judges_exchanges("lower-profile-is-refused")
def lower_profile_is_refused(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_084: never back to a lower profile (A05.FR.01)."""
    before, wanted = _profiles(exchange, view)
    if before is None or wanted is None or wanted >= before:
        return
    said = f"a change from security profile {before} to {wanted} was answered {exchange.status or exchange.error_code}"
    if exchange.status == "Rejected":
        yield bench.passes(exchange, said)
    elif exchange.status in {"Accepted", "RebootRequired"}:
        yield bench.fails(exchange, said, "SecurityProfile/lower")
    else:
        yield bench.passes(exchange, f"{said}, which refuses as well", Severity.NOTE, "remarks/SecurityProfile")


def _profiles(exchange: Exchange, view: View) -> tuple[int | None, int | None]:
    """The security profile that was read before, and the one that is asked for."""
    if not _changes(exchange, "securityprofile"):
        return None, None
    reading = view.shadow(exchange).configuration.get("securityprofile")
    return _number(reading.value if reading is not None else None), _number(exchange.payload.get("value"))


def _number(text: object) -> int | None:
    return int(text) if isinstance(text, str) and text.strip() in {"0", "1", "2", "3"} else None


# --- the station's certificate


@judges_exchanges("certificate-is-asked-for")
def certificate_is_asked_for(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_074: a trigger that is Accepted brings SignCertificate (A02, section 5.5)."""
    wanted = exchange.payload.get("requestedMessage") == "SignChargePointCertificate"
    if not exchange.from_csms or exchange.action != "ExtendedTriggerMessage" or not wanted or exchange.reply is None:
        return
    if exchange.status != "Accepted":
        yield bench.open(exchange, f"the trigger of a certificate request was answered {exchange.status or exchange.error_code}")
        return
    came = view.called("SignCertificate", exchange.call.seq)
    if came:
        yield bench.passes(exchange, f"the station asked for a certificate (frame {came[0].call.seq})")
    elif view.watched_for(exchange.call.seq, REQUEST_SECONDS):
        text = f"the trigger was Accepted, and no SignCertificate came in {REQUEST_SECONDS:g} s"
        yield bench.fails(exchange, text, "SignCertificate/missing")
    else:
        yield bench.open(exchange, "the trigger was Accepted; a SignCertificate was not seen while it was watched")


@judges_exchanges("certificate-request-is-sound")
def certificate_request_is_sound(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_074: a request in PEM, with a key that is strong enough, CpoName and the serial number (A02.FR.03, 13; A00.FR.511)."""
    if exchange.from_csms or exchange.action != "SignCertificate" or not isinstance(exchange.payload.get("csr"), str):
        return
    try:
        request = read_request(exchange.payload["csr"])
    except NoRequest as problem:
        yield bench.fails(exchange, f"the csr of SignCertificate is no certificate request in PEM: {problem}", "SignCertificate/csr")
        return
    boot, reading = view.shadow(exchange).boot, view.shadow(exchange).configuration.get("cponame")
    number = boot.payload.get("chargePointSerialNumber") if boot is not None else None
    if not isinstance(number, str) or reading is None or not reading.value:
        yield bench.open(
            exchange, "the station's serial number or its CpoName are not known, so the names in its request cannot be compared"
        )
        return
    wrong = request_problem(request, number, reading.value)
    if wrong is None:
        yield bench.passes(exchange, "the certificate request is sound")
    else:
        yield bench.passes(exchange, f"the certificate request {wrong}", Severity.WARNING, "SignCertificate/names")


@judges_exchanges("signed-certificate-is-used")
def signed_certificate_is_used(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_074: the station switches to the certificate as soon as it counts (A02.FR.08)."""
    certificate = _certificate(exchange)
    if certificate is None or exchange.reply is None or is_over(certificate, exchange):
        return
    if exchange.status != "Accepted":
        said = exchange.status or exchange.error_code
        yield bench.open(exchange, f"a certificate was answered {said}; whether the station trusts the authority is not known")
        return
    event = opened(view, exchange.connection + 1)
    shown = _tls(event).get("peerCertificate") if event is not None else None
    used = shown.get("sha256") if isinstance(shown, dict) else None
    if used == fingerprint(certificate):
        yield bench.passes(exchange, "the station took the certificate and came back with it")
    else:
        yield bench.open(
            exchange, "the station took the certificate; it was not seen to come with it", Severity.WARNING, "CertificateSigned/use"
        )


@judges_exchanges("invalid-certificate-is-refused")
def invalid_certificate_is_refused(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_077: one that has expired, or is none, is discarded (A02.FR.06, 07). Its event is not critical: it need not be told."""
    if exchange.action != "CertificateSigned" or not exchange.from_csms or exchange.reply is None:
        return
    certificate = _certificate(exchange)
    if is_none(exchange.payload.get("certificateChain")) or (certificate is not None and is_over(certificate, exchange)):
        yield from refused(bench, exchange, view, "InvalidChargePointCertificate")


def refused(bench: Bench, exchange: Exchange, view: View, event: str) -> Iterator[Judgement]:
    """What a certificate must be answered that does not count, and whether the event came."""
    if exchange.status == "Accepted":
        yield bench.fails(exchange, f"{exchange.action} with a certificate that does not count was Accepted", f"{exchange.action}/invalid")
        return
    if exchange.error_code is not None:
        yield bench.open(exchange, f"{exchange.action} was answered with CALLERROR {exchange.error_code}")
        return
    said = f"a certificate that does not count was answered {exchange.status}"
    told = [each for each in view.called("SecurityEventNotification", exchange.call.seq) if each.payload.get("type") == event]
    if told:
        yield bench.passes(exchange, f"{said}, and {event} was told (frame {told[0].call.seq})")
    elif view.watched_for(exchange.call.seq, EVENT_SECONDS):
        text = f"{said}; the event {event} was not told in {EVENT_SECONDS:g} s (it may stand in the security log alone)"
        yield bench.passes(exchange, text, Severity.WARNING, f"SecurityEventNotification/{event}")
    else:
        yield bench.open(exchange, f"{said}; whether {event} is told was not watched long enough")


def _certificate(exchange: Exchange) -> Certificate | None:
    """The station's own in a CertificateSigned.req: the first of the chain; None when that cannot be read."""
    text = exchange.payload.get("certificateChain")
    if not exchange.from_csms or exchange.action != "CertificateSigned" or not isinstance(text, str):
        return None
    try:
        return next(iter(read_chain(text)), None)
    except NoCertificate:
        return None


def is_none(text: object) -> bool:
    """Whether this is certainly no certificate in PEM. One that cannot be read here may still be one elsewhere."""
    return isinstance(text, str) and "-----BEGIN CERTIFICATE-----" not in text


def is_over(certificate: Certificate, exchange: Exchange) -> bool:
    """Whether its time was certainly over when it was handed over: clocks may differ by a day."""
    now = moment(exchange.call.timestamp)
    return now is not None and now - certificate.not_valid_after_utc > timedelta(days=1)
