"""What a central system owes the messages of the security extension (security white paper, A01, A02, A05, L01, M04, M05, N01)."""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.central.bench import judges_exchanges
from probes.judge.central.view import Attempt, CentralView
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement
from probes.judge.requests import UNSUPPORTED
from probes.judge.rules.firmware import is_secured
from probes.pki.certificates import NoCertificate, public_der, read_chain, read_one
from probes.pki.requests import NoRequest, read_request
from probes.wire.redact import CONCEALED
from registry.certificates.facts import Severity

TOLD = frozenset({"SecurityEventNotification", "LogStatusNotification", "SignedFirmwareStatusNotification"})

_KEY, _PROFILE = "authorizationkey", "securityprofile"


@judges_exchanges("central-security-message-is-taken")
def security_message_is_taken(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """Events, and the progress of logs and firmware: a certified central system has these messages. Any other CALLERROR may be a
    disturbance of the moment, and no answer at all is another obligation's.
    """
    if exchange.from_csms or exchange.action not in TOLD:
        return
    told = f"{exchange.action} with {exchange.payload.get('status') or exchange.payload.get('type')}"
    if exchange.result is not None:
        yield bench.passes(exchange, f"{told} was taken")
    elif exchange.error_code is not None:
        text = f"{told} was answered with CALLERROR {exchange.error_code[:60]}"
        if exchange.error_code in UNSUPPORTED and is_secured(view.certified):
            yield bench.fails(exchange, f"{text}, though the security extension is certified", f"refusals/{exchange.action}")
        else:
            yield bench.open(exchange, text)


# --- the station's certificate


@judges_exchanges("central-takes-request-for-certificate")
def takes_request_for_certificate(bench: Bench, exchange: Exchange, _view: CentralView) -> Iterator[Judgement]:
    """TC_074: Rejected is right for one that cannot process the request (A02.FR.12)."""
    if exchange.from_csms or exchange.action != "SignCertificate" or exchange.result is None:
        return
    if exchange.status == "Accepted":
        yield bench.passes(exchange, "the request for a certificate was Accepted")
    else:
        text = f"the request for a certificate was answered {exchange.status}: whether it could have been processed is not known"
        yield bench.open(exchange, text, Severity.WARNING, "SignCertificate/not processed")


@judges_exchanges("central-signs-what-was-asked")
def signs_what_was_asked(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """TC_074: a certificate for a key of which the station has the other half, else it is of no use (A02.FR.02, 06). Who signs, and how the
    certificate comes to the central system, may be a person's work: so it warns.
    """
    if not exchange.from_csms or exchange.action != "CertificateSigned" or not exchange.readable:
        return
    try:
        leaf = read_chain(str(exchange.payload.get("certificateChain")))[0]
    except NoCertificate as problem:
        yield bench.fails(exchange, f"what is sent as signed certificate cannot be read: {problem}", "CertificateSigned/not readable")
        return
    keys = [key for each in view.told("SignCertificate") if each.call.seq < exchange.call.seq and (key := _asked(each)) is not None]
    if not keys:
        yield bench.open(exchange, "a signed certificate was sent, for which no request is known")
    elif public_der(leaf.public_key()) in keys:
        yield bench.passes(exchange, "the certificate is for the key that the station asked for")
    else:
        yield bench.fails(exchange, "the certificate is for none of the keys that the station asked for", "CertificateSigned/another key")


def _asked(exchange: Exchange) -> bytes | None:
    try:
        return public_der(read_request(str(exchange.payload.get("csr"))).public_key())
    except NoRequest:
        return None


# --- roots


@judges_exchanges("central-sends-a-root")
def sends_a_root(bench: Bench, exchange: Exchange, _view: CentralView) -> Iterator[Judgement]:
    """TC_075, TC_076, TC_078: what is to be installed is one certificate in PEM (A00.FR.507, M05)."""
    if not exchange.from_csms or exchange.action != "InstallCertificate" or not exchange.readable:
        return
    try:
        certificate = read_one(str(exchange.payload.get("certificate")))
    except NoCertificate as problem:
        yield bench.open(
            exchange, f"what is to be installed cannot be read: {problem}", Severity.WARNING, "InstallCertificate/not readable"
        )
    else:
        kind = exchange.payload.get("certificateType")
        yield bench.passes(exchange, f"the certificate {certificate.serial_number:x} is sent as {kind}")


@judges_exchanges("central-deletes-what-was-told")
def deletes_what_was_told(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """TC_076: a certificate is named as the station has told it (M04, M04.FR.07). An operator may have hashes from elsewhere."""
    if not exchange.from_csms or exchange.action != "DeleteCertificate":
        return
    wanted = exchange.payload.get("certificateHashData")
    told = [
        _folded(each)
        for known in view.asked("GetInstalledCertificateIds")
        if known.call.seq < exchange.call.seq
        for each in (known.result or {}).get("certificateHashData") or ()
    ]
    if _folded(wanted) in told:
        yield bench.passes(exchange, "the certificate is named as the station has told it")
    else:
        yield bench.open(
            exchange, "a certificate is to be deleted that the station has not told", Severity.WARNING, "DeleteCertificate/not told"
        )


def _folded(told: object) -> dict[str, str]:
    """Hashes are hexadecimal digits, and those have no case."""
    return {str(name): str(value).casefold() for name, value in told.items()} if isinstance(told, dict) else {}


# --- the password and the security profile


@judges_exchanges("central-password-has-form")
def password_has_form(bench: Bench, exchange: Exchange, _view: CentralView) -> Iterator[Judgement]:
    """TC_073: 16 to 20 bytes in hexadecimal digits (A00.FR.205). The transcript does not have it, but our station's answer, which refuses
    what has another form and nothing else; who has chosen it cannot be seen.
    """
    if not _changes(exchange, _KEY):
        return
    if exchange.status == "Accepted":
        yield bench.passes(exchange, "the new password has the form of a key")
    elif exchange.status == "Rejected":
        text = "what is sent as new password is not 32 to 40 hexadecimal digits"
        yield bench.open(exchange, text, Severity.WARNING, "AuthorizationKey/form")


@judges_exchanges("central-password-stays-secret")
def password_stays_secret(bench: Bench, exchange: Exchange, _view: CentralView) -> Iterator[Judgement]:
    """What stands in the transcript for a password of our station, in a message that is not for setting it (A01.FR.02, 09)."""
    if not exchange.from_csms or _changes(exchange, _KEY):
        return
    if CONCEALED in exchange.call.raw:
        text = f"{exchange.action} carries the password of the station"
        yield bench.fails(exchange, text, "secrets/password in a message", frames=(exchange.call.seq,))


@judges_exchanges("central-higher-profile-is-served")
def higher_profile_is_served(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """TC_083: where it has the station go to a security profile, the station comes in with it (A05.FR.07). Why not is not seen."""
    wanted = str(exchange.payload.get("value"))
    if not _changes(exchange, _PROFILE) or exchange.status != "Accepted":
        return
    came = next((each for each in view.attempts if each.seq > exchange.call.seq and each.purpose == "work" and each.opened), None)
    if came is not None and str(_profile(came)) == wanted:
        yield bench.passes(exchange, f"the station came in with security profile {wanted} (record {came.seq})")
    else:
        yield bench.open(exchange, f"the station did not come in with security profile {wanted}")


def _profile(attempt: Attempt) -> object:
    return attempt.detail.get("securityProfile")


def _changes(exchange: Exchange, folded: str) -> bool:
    own = exchange.from_csms and exchange.action == "ChangeConfiguration"
    return own and str(exchange.payload.get("key")).casefold() == folded
