"""TLS as the security white paper asks for it (A00.FR.311 to 324 and 415 to 428), and its failures told apart in one line."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from registry.errors import CannotBegin

CIPHERS = "ECDHE+AESGCM:AES128-GCM-SHA256:AES256-GCM-SHA384"
"""TLS 1.2 suites: the four that A00.FR.317 names, and ECDHE for RSA certificates. TLS 1.3 has its own."""

KeyPair = tuple[Path, Path]
"""A certificate with its chain, and its private key, both PEM (A00.FR.507)."""

OnProblem = Callable[[ssl.SSLError], None]

_EXPIRED, _NOT_YET = 10, 9
_UNTRUSTED = frozenset({2, 18, 19, 20, 21})
_OTHER_NAME = frozenset({62, 64})
"""Verification codes of OpenSSL (x509_vfy.h)."""

_REASONS = {
    "UNSUPPORTED_PROTOCOL": "offers no TLS version from 1.2 on",
    "TLSV1_ALERT_PROTOCOL_VERSION": "accepts no TLS version from 1.2 on",
    "NO_PROTOCOLS_AVAILABLE": "accepts no TLS version from 1.2 on",
    "NO_SHARED_CIPHER": "has no cipher suite in common with this end",
    "HTTP_REQUEST": "spoke without TLS; here is wss://",
    "WRONG_VERSION_NUMBER": "does not speak TLS on this port",
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "sent no certificate",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "asks for a client certificate",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "says that this end's certificate has expired",
    "TLSV1_ALERT_UNKNOWN_CA": "does not trust the authority that signed this end's certificate",
    "SSLV3_ALERT_BAD_CERTIFICATE": "does not accept this end's certificate",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "has no cipher suite in common with this end",
}


_UNFINISHED = (ssl.SSLWantReadError, ssl.SSLWantWriteError, ssl.SSLZeroReturnError, ssl.SSLEOFError, ssl.SSLSyscallError)
"""What is no failure of TLS: more must come, or the other side is gone."""


def tls_problem(problem: BaseException, peer: str) -> str | None:
    """What went wrong between the two ends, in one line about `peer`; None when it is no matter of TLS."""
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"the certificate of {peer} {_certificate_problem(problem)}"
    if isinstance(problem, ssl.SSLError):
        return f"{peer} {_REASONS.get(problem.reason or '', f'broke off the TLS handshake ({problem.reason or problem})')}"
    return None


def _certificate_problem(problem: ssl.SSLCertVerificationError) -> str:
    code = problem.verify_code
    if code == _EXPIRED:
        return "has expired"
    if code == _NOT_YET:
        return "is not valid yet"
    if code in _UNTRUSTED:
        return "is signed by no authority that is trusted here"
    if code in _OTHER_NAME:
        return "is made out to another name"
    return f"is not accepted ({problem.verify_message})"


def server_context(key_pairs: Sequence[KeyPair], client_authority: Path | None, on_problem: OnProblem) -> ssl.SSLContext:
    """A CSMS's side: several key pairs make RSA and ECDSA suites possible at once (A00.FR.317).

    With `client_authority` every station must show a certificate signed by it. `on_problem` hears what TLS failed of with one.
    Raises `CannotBegin` for files that cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _harden(context)
    for certificate, key in key_pairs:
        _load(context, certificate, key)
    if client_authority:
        context.verify_mode = ssl.CERT_REQUIRED
        _trust(context, client_authority)
    context.sslobject_class = _watched(on_problem)
    return context


def take_old(context: ssl.SSLContext) -> None:
    """Let also in who offers nothing that is right, and prefer by far what is: so a laboratory sees what a station comes with at worst."""
    context.set_ciphers(f"{CIPHERS}:ALL:!aNULL:!eNULL:@SECLEVEL=0")
    context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1


def client_context(authority: Path | None, key_pair: KeyPair | None, on_problem: OnProblem) -> ssl.SSLContext:
    """A station's side: the CSMS must prove its name (A00.FR.307, 308). `authority` replaces the system's roots.

    `on_problem` hears what TLS failed of. Raises `CannotBegin` for files that cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _harden(context)
    if authority:
        _trust(context, authority)
    else:
        context.load_default_certs()
    if key_pair:
        _load(context, *key_pair)
    context.sslobject_class = _watched(on_problem)
    return context


def describe(tls: Any) -> dict[str, Any] | None:
    """What a connection's TLS is, for the connection event: version, cipher suite, the other end's certificate. `tls`: its SSLObject."""
    if not isinstance(tls, ssl.SSLObject):
        return None
    cipher = tls.cipher()
    told: dict[str, Any] = {"version": tls.version(), "cipher": cipher[0] if cipher else None}
    if tls.session_reused:
        told["resumed"] = True
    encoded = tls.getpeercert(binary_form=True)
    certificate = tls.getpeercert()
    if encoded and certificate:
        told["peerCertificate"] = {
            "subject": _name(certificate.get("subject")),
            "issuer": _name(certificate.get("issuer")),
            "serialNumber": certificate.get("serialNumber"),
            "notBefore": certificate.get("notBefore"),
            "notAfter": certificate.get("notAfter"),
            "sha256": sha256(encoded).hexdigest(),
        }
    anchor = _trust_anchor(tls)
    return told | ({"trustAnchor": sha256(anchor).hexdigest()} if anchor else {})


def _trust_anchor(tls: ssl.SSLObject) -> bytes | None:
    """The root that the other end's certificate was found to lead to, in DER; None when nothing was verified.

    From Python 3.13 on there is a public method for it; before that it has the same name one level further in.
    """
    inner: Any = getattr(tls, "_sslobj", None)
    verified = tls.context.verify_mode != ssl.CERT_NONE and hasattr(inner, "get_verified_chain")
    chain = inner.get_verified_chain() if verified else None
    return ssl.PEM_cert_to_DER_cert(chain[-1].public_bytes()) if chain else None


def peer_names(tls: Any, field: str) -> tuple[str, ...]:
    """The values of one field (`commonName`, `organizationName`) in the subject of the other end's certificate."""
    certificate = tls.getpeercert() if isinstance(tls, ssl.SSLObject) else None
    subject: Any = certificate.get("subject", ()) if certificate else ()
    return tuple(value for part in subject for name, value in part if name == field)


def peer_serial_number(tls: Any) -> str | None:
    """The serial number of the other end's certificate, in hexadecimal digits without leading zeros; None: it showed none."""
    certificate = tls.getpeercert() if isinstance(tls, ssl.SSLObject) else None
    return f"{int(str(certificate['serialNumber']), 16):x}" if certificate and "serialNumber" in certificate else None


def _name(parts: Any) -> str:
    return ", ".join(f"{name}={value}" for part in parts or () for name, value in part)


def _harden(context: ssl.SSLContext) -> None:
    """A00.FR.312: TLS 1.2 or above; A00.FR.319: nothing weaker than the named suites; A00.FR.320: no compression."""
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION


def _load(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    def no_prompt() -> str:
        raise CannotBegin(f"{key}: the private key is encrypted; give one that is not, readable by this user alone")

    try:
        context.load_cert_chain(certificate, key, no_prompt)
    except ssl.SSLError as problem:
        reason = "do not belong together" if problem.reason == "KEY_VALUES_MISMATCH" else "are no certificate and private key in PEM"
        raise CannotBegin(f"{certificate} and {key} {reason}; name a certificate and its key") from problem
    except OSError as problem:
        raise CannotBegin(f"{certificate} or {key}: cannot be read ({problem.strerror}); name a certificate and its key") from problem


def _trust(context: ssl.SSLContext, authority: Path) -> None:
    try:
        context.load_verify_locations(authority)
        # A root may be signed by the one that it replaces, which is not there any more (white paper section 7.1, note).
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    except ssl.SSLError as problem:
        raise CannotBegin(f"{authority}: no certificates in PEM; name a file with those of the trusted authorities") from problem
    except OSError as problem:
        raise CannotBegin(f"{authority}: cannot be read ({problem.strerror}); name a file with trusted authorities") from problem


def _watched(on_problem: OnProblem) -> type[ssl.SSLObject]:
    """Asyncio drops connections whose TLS fails without a word to anybody; this class has them tell why, and the other end alerted.

    With TLS 1.3 a station's handshake is over before the CSMS has judged its certificate: the refusal comes with the first reading.
    """

    class Watched(ssl.SSLObject):
        """A TLS connection that reports what it fails of."""

        _outgoing: ssl.MemoryBIO
        _failed_of: ssl.SSLError | None = None

        @classmethod
        def _create(cls, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *args: Any, **kwargs: Any) -> Any:
            """As in the base class, where it is the only way to see what is about to be sent."""
            made: Any = super()._create(incoming, outgoing, *args, **kwargs)  # type: ignore[misc]  # typeshed leaves it out
            made._outgoing = outgoing
            return made

        def do_handshake(self) -> None:
            """As in the base class; a failure is reported before it is raised.

            An alert that waits to be sent (RFC 8446 section 6.2) goes first: the event loop sends it when the handshake is said to
            want more, and whoever gets it goes. Who does not is thrown out when the time for handshakes is over.
            """
            if self._failed_of is not None:
                raise self._failed_of
            try:
                with _reported(on_problem):
                    super().do_handshake()
            except _UNFINISHED:
                raise
            except ssl.SSLError as problem:
                if not self._outgoing.pending:
                    raise
                self._failed_of = problem
                raise ssl.SSLWantReadError("an alert is to be sent") from problem

        def read(self, len: int = 1024, buffer: Any = None) -> Any:  # noqa: A002 - the name is that of the base class
            """As in the base class; a failure is reported before it is raised."""
            with _reported(on_problem):
                return super().read(len, buffer)

    return Watched


@contextmanager
def _reported(on_problem: OnProblem) -> Iterator[None]:
    try:
        yield
    except _UNFINISHED:
        raise
    except ssl.SSLError as problem:
        on_problem(problem)
        raise
