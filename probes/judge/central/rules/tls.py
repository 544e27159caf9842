"""What the door of a central system agrees to of TLS, and which certificates it shows.

Security white paper, A00.FR.306 to 324, 409 to 428, and 501 to 511.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from probes.judge.central.bench import judges_attempts, judges_views
from probes.judge.central.view import Attempt, CentralView
from probes.judge.outcomes import Bench, Judgement
from probes.pki.certificates import Certificate, NoCertificate, common_names, key_problem, read_one
from registry.certificates.facts import Severity

TLS_1_2 = 0x0303
"""Its number in a handshake."""

ANY, SUITE, OLD = "tls/any", "tls/suite", "tls/old"
UNSUITABLE, OLDER, COMPRESSED = "tls/unsuitable", "tls/older suites", "tls/compressed"
"""Why a handshake is made."""

SUITES = ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "AES128-GCM-SHA256", "AES256-GCM-SHA384")
"""The four of A00.FR.317, as OpenSSL calls them."""

CLOCK = timedelta(days=1)
"""By how much our own clock may be wrong."""

_VERSIONS = frozenset({"TLSv1.2", "TLSv1.3"})


def _tls(attempt: Attempt) -> dict[str, object]:
    told = attempt.detail.get("tls")
    return told if isinstance(told, dict) else {}


@judges_attempts("central-tls-is-modern")
def tls_is_modern(bench: Bench, attempt: Attempt, view: CentralView) -> Iterator[Judgement]:
    """TC_086. That no agreement came to pass accuses only where one over an old version did."""
    if attempt.purpose != ANY:
        return
    version = _tls(attempt).get("version")
    if version in _VERSIONS:
        yield bench.passes(attempt.seq, f"{version} is agreed to")
    elif _agreed_to_old(view):
        yield bench.fails(attempt.seq, "no TLS version from 1.2 on is agreed to, and older ones are", "TLS/version")
    else:
        yield bench.open(attempt.seq, f"TLS 1.2 or above was offered, and nothing agreed: {attempt.detail.get('problem') or 'no answer'}")


def _agreed_to_old(view: CentralView) -> bool:
    return any(each.purpose == OLD and _tls(each).get("version") is not None for each in view.attempts)


@judges_attempts("central-old-tls-is-refused")
def old_tls_is_refused(bench: Bench, attempt: Attempt, _view: CentralView) -> Iterator[Judgement]:
    """TC_086: stations that can do no better may be expected with TLS 1.0 and 1.1 (A00.FR.312, 314), so that it warns where ours is let in,
    which can do better.
    """
    if attempt.purpose != OLD:
        return
    version = _tls(attempt).get("version")
    if version is None and attempt.detail.get("failed") == "tls":
        yield bench.passes(attempt.seq, "a station that offers TLS 1.0 and 1.1 alone is refused")
    elif version is not None and attempt.opened:
        text = f"a station that offers TLS 1.0 and 1.1 alone is let in over {version}, though it has come with a later one"
        yield bench.fails(attempt.seq, text, "TLS/old version served")
    elif version is not None:
        yield bench.passes(attempt.seq, f"{version} is agreed to, and the station then refused", Severity.NOTE, "remarks/TLS old version")
    else:
        yield bench.open(attempt.seq, f"what becomes of TLS 1.0 and 1.1 cannot be said: {attempt.detail.get('problem') or 'no answer'}")


@judges_views("central-cipher-suites-are-supported")
def cipher_suites_are_supported(bench: Bench, view: CentralView) -> Iterator[Judgement]:
    """TC_086: each of the four (A00.FR.317), which takes an ECDSA and an RSA certificate. Of several attempts the last one counts.

    A door with a certificate of one kind may have a sister with the other one (A00.FR.006), and an operator may have left out key
    exchange with RSA, which he must not go on with once it is unsuitable (A00.FR.319, 504). So what is missing is left open with a
    warning, unless an ECDSA suite is missing where its like is agreed to, or nothing but older suites is agreed to over TLS 1.2.
    """
    tried = {str(each.detail["offers"][0]): each for each in view.attempts if each.purpose == SUITE and each.detail.get("offers")}
    agreed = {suite for suite, each in tried.items() if _tls(each).get("cipher") == suite}
    for suite, attempt in tried.items():
        if suite in agreed:
            yield bench.passes(attempt.seq, f"{suite} is agreed to")
        elif attempt.detail.get("failed") != "tls":
            yield bench.open(attempt.seq, f"{suite} was not agreed to: {attempt.detail.get('problem') or 'no answer'}")
        elif not agreed and _has_older_suites_alone(view):
            text = "none of the four cipher suites that a central system has to have is agreed to, and older ones are"
            yield bench.fails(attempt.seq, text, "TLS/cipher suites")
        elif suite.startswith("ECDHE") and any(each.startswith("ECDHE") for each in agreed):
            yield bench.fails(attempt.seq, f"{suite} is refused, though there is an ECDSA certificate", f"TLS/cipher suites/{suite}")
        else:
            kind = "ECDSA" if suite.startswith("ECDHE") else "RSA"
            text = f"{suite} is refused here: there may be no {kind} certificate at this address, or its use may have been given up"
            yield bench.open(attempt.seq, text, Severity.WARNING, f"TLS/{kind} suites")


def _has_older_suites_alone(view: CentralView) -> bool:
    """Whether TLS 1.2 is spoken there, and nothing was agreed to that is usual now."""
    whole = [each for each in view.attempts if each.purpose == ANY]
    hellos = [each.detail.get("hello") for each in view.attempts if each.purpose == OLDER]
    older = any(isinstance(hello, dict) and hello.get("version") == TLS_1_2 for hello in hellos)
    return older and bool(whole) and all(_tls(each).get("version") is None for each in whole)


@judges_attempts("central-unsuitable-suites-are-refused")
def unsuitable_suites_are_refused(bench: Bench, attempt: Attempt, _view: CentralView) -> Iterator[Judgement]:
    """TC_086: RC4, single DES, export keys, and suites without encryption or authentication (A00.FR.319)."""
    if attempt.purpose != UNSUITABLE:
        return
    hello = attempt.detail.get("hello")
    if isinstance(hello, dict):
        text = f"cipher suite {int(hello['suite']):#06x} is agreed to, of those that are unsuitable even for legacy use"
        yield bench.fails(attempt.seq, text, "TLS/unsuitable suites")
    elif attempt.detail.get("reached"):
        yield bench.passes(attempt.seq, "an offer of unsuitable cipher suites alone is refused")


@judges_attempts("central-tls-is-not-compressed")
def tls_is_not_compressed(bench: Bench, attempt: Attempt, _view: CentralView) -> Iterator[Judgement]:
    """TC_086 (A00.FR.320)."""
    hello = attempt.detail.get("hello")
    if attempt.purpose != COMPRESSED or not isinstance(hello, dict):
        return
    if hello.get("compression"):
        yield bench.fails(attempt.seq, f"TLS compression (method {hello['compression']}) is agreed to", "TLS/compression")
    else:
        yield bench.passes(attempt.seq, "TLS compression is offered, and not agreed to")


@judges_attempts("central-certificate-is-sound")
def certificate_is_sound(bench: Bench, attempt: Attempt, view: CentralView) -> Iterator[Judgement]:
    """TC_086: key, serial number, time, and the name of the host (A00.FR.306, 501 to 503, 508, 510)."""
    shown = _tls(attempt).get("certificate")
    if attempt.purpose not in {ANY, SUITE} or not isinstance(shown, str):
        return
    try:
        certificate = read_one(shown)
    except NoCertificate as problem:
        yield bench.open(attempt.seq, f"the certificate that is shown cannot be read: {problem}")
        return
    weak = key_problem(certificate.public_key())
    if weak:
        yield bench.fails(attempt.seq, f"the certificate {weak}", "TLS/certificate key")
    elif _expired(certificate, attempt, view):
        ended = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
        yield bench.fails(attempt.seq, f"the certificate has expired on {ended}", "TLS/certificate expired")
    else:
        yield from _named(bench, attempt, certificate)


def _expired(certificate: Certificate, attempt: Attempt, view: CentralView) -> bool:
    now = next((datetime.fromisoformat(each.timestamp) for each in view.records if each.seq == attempt.seq), None)
    return now is not None and now.astimezone(UTC) - certificate.not_valid_after_utc > CLOCK


def _named(bench: Bench, attempt: Attempt, certificate: Certificate) -> Iterator[Judgement]:
    """The address that an audit is given need not be the name by which stations know the central system."""
    host, kind = urlsplit(str(attempt.detail.get("url"))).hostname or "", "ECDSA" if _is_ec(certificate) else "RSA"
    said = f"an {kind} certificate with serial number {certificate.serial_number:x}"
    if any(_covers(name, host) for name in common_names(certificate)):
        yield bench.passes(attempt.seq, f"{said}, made out to {host}, is shown")
    elif any(_covers(name, host) for name in _alternatives(certificate)):
        text = f"{said} is shown that names {host} beside its subject, where the subject is to name it as well"
        yield bench.passes(attempt.seq, text, Severity.NOTE, "remarks/TLS certificate name")
    else:
        yield bench.open(attempt.seq, f"{said} is shown that does not name {host}", Severity.WARNING, "TLS/certificate name")


def _is_ec(certificate: Certificate) -> bool:
    return isinstance(certificate.public_key(), ec.EllipticCurvePublicKey)


def _alternatives(certificate: Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    addresses = (str(each) for each in found.get_values_for_type(x509.IPAddress))
    return (*found.get_values_for_type(x509.DNSName), *addresses)


def _covers(name: str, host: str) -> bool:
    """Whether a name in a certificate, which may begin with a wildcard, is that of the host."""
    name, host = name.casefold().rstrip("."), host.casefold().rstrip(".")
    return name == host or (name.startswith("*.") and "." in host and name[2:] == host.partition(".")[2])


@judges_attempts("central-station-comes-over-tls")
def station_comes_over_tls(bench: Bench, attempt: Attempt, _view: CentralView) -> Iterator[Judgement]:
    """TC_086: our station's own connection, for which the certificate must have led to a trusted root (A00.FR.307, 311)."""
    profile, tls = attempt.detail.get("securityProfile"), _tls(attempt)
    if attempt.purpose != "work" or not attempt.opened or not isinstance(profile, int) or profile < 2:
        return
    if tls.get("version") in _VERSIONS:
        yield bench.passes(attempt.seq, f"our station came over {tls['version']} with {tls.get('cipher')}, the certificate verified")
