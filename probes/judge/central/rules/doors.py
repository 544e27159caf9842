"""Whom a central system lets in: credentials and certificates of stations (security white paper, A00, A01, A05).

A door that lets nobody in has not looked at credentials, so what it refuses shows nothing unless the right ones were let in as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.central.bench import judges_attempts
from probes.judge.central.view import Attempt, CentralView
from probes.judge.outcomes import Bench, Judgement
from registry.certificates.facts import Severity

RIGHT, NEW = "credentials/right", "credentials/new password"
NONE_SHOWN, WRONG_PASSWORD = "credentials/none", "credentials/wrong password"
ANOTHERS_NAME, FORMER = "credentials/another's name", "credentials/former password"
NO_CERTIFICATE, FOREIGN_CERTIFICATE = "certificate/none", "certificate/foreign"
LOWER_PROFILE = "profile/lower"
"""Why a handshake is made."""

_WRONG = {
    NONE_SHOWN: "without credentials",
    WRONG_PASSWORD: "with a wrong password",
    ANOTHERS_NAME: "with the user name of another station",
}
_WRONG_CERTIFICATES = {NO_CERTIFICATE: "without a certificate", FOREIGN_CERTIFICATE: "with a certificate that nobody there can know"}
_REGISTERED = frozenset({"Accepted", "Pending"})

_UNAUTHORIZED, _NOT_FOUND = 401, 404
_BASIC, _TLS_BASIC, _MUTUAL = 1, 2, 3


@judges_attempts("central-wrong-credentials-are-refused")
def wrong_credentials_are_refused(bench: Bench, attempt: Attempt, view: CentralView) -> Iterator[Judgement]:
    """TC_085. Whose user name it is that is shown, a central system may take from the address alone: a warning."""
    if attempt.purpose in _WRONG:
        severity = Severity.WARNING if attempt.purpose == ANOTHERS_NAME else None
        yield _kept_out(bench, attempt, view, _WRONG[attempt.purpose], "credentials", severity)


@judges_attempts("central-client-certificate-is-checked")
def client_certificate_is_checked(bench: Bench, attempt: Attempt, view: CentralView) -> Iterator[Judgement]:
    """TC_087."""
    if attempt.purpose in _WRONG_CERTIFICATES:
        yield _kept_out(bench, attempt, view, _WRONG_CERTIFICATES[attempt.purpose], "certificates of stations")


@judges_attempts("central-former-password-is-refused")
def former_password_is_refused(bench: Bench, attempt: Attempt, view: CentralView) -> Iterator[Judgement]:
    """TC_073: after the change was Accepted only the new one counts (A01.FR.03)."""
    if attempt.purpose == FORMER and not _tried_again(attempt, view):
        yield _kept_out(bench, attempt, view, "with the password from before the change", "credentials/former password")


@judges_attempts("central-lower-profile-is-refused")
def lower_profile_is_refused(bench: Bench, attempt: Attempt, view: CentralView) -> Iterator[Judgement]:
    """TC_083: not once the station has come with the higher one (A05.FR.09)."""
    if attempt.purpose == LOWER_PROFILE:
        yield _kept_out(bench, attempt, view, "with the lower security profile", "security profile/lower")


@judges_attempts("central-right-credentials-are-taken")
def right_credentials_are_taken(bench: Bench, attempt: Attempt, _view: CentralView) -> Iterator[Judgement]:
    """TC_085, TC_087. That what was given to the audit is right, nobody but the central system knows."""
    if attempt.purpose != RIGHT:
        return
    if attempt.opened and not attempt.detail.get("closed"):
        yield bench.passes(attempt.seq, "our station is let in with what it was given to show")
    else:
        yield bench.open(attempt.seq, f"our station is not let in with what it was given to show: {_problem(attempt)}")


@judges_attempts("central-new-password-counts")
def new_password_counts(bench: Bench, attempt: Attempt, view: CentralView) -> Iterator[Judgement]:
    """TC_073: it fails only where the one from before is let in still (A01.FR.03)."""
    if attempt.purpose != NEW or _tried_again(attempt, view):
        return
    status = attempt.detail.get("httpStatus")
    if attempt.opened and not attempt.detail.get("closed"):
        yield bench.passes(attempt.seq, "our station is let in with its new password")
    elif status == _UNAUTHORIZED and _let_in_after(attempt, view):
        text = "our station is not let in with its new password, and with the one from before it is"
        yield bench.fails(attempt.seq, text, "credentials/change without effect")
    else:
        yield bench.open(attempt.seq, f"our station is not let in with its new password: {_problem(attempt)}")


def _tried_again(attempt: Attempt, view: CentralView) -> bool:
    """Whether the same was tried once more: a change may take a moment."""
    return any(each.seq > attempt.seq and each.purpose == attempt.purpose for each in view.attempts)


def _let_in_after(attempt: Attempt, view: CentralView) -> bool:
    later = [each for each in view.attempts if each.seq > attempt.seq and each.purpose in {FORMER, NEW}]
    return bool(later) and later[0].purpose == FORMER and _is_let_in(later[0])


def _is_let_in(attempt: Attempt) -> bool:
    said = attempt.detail.get("said")
    return attempt.opened and isinstance(said, dict) and said.get("status") in _REGISTERED


def _kept_out(bench: Bench, attempt: Attempt, view: CentralView, how: str, subject: str, severity: Severity | None = None) -> Judgement:
    """Let in is who was upgraded and whose registration was taken. Who is refused should be refused as the white paper shows it."""
    status = attempt.detail.get("httpStatus")
    if _is_let_in(attempt):
        return bench.fails(attempt.seq, f"a station {how} is let in, and its registration taken", f"{subject}/let in", severity)
    if attempt.opened and (attempt.detail.get("closed") or attempt.detail.get("said")):
        text = f"a station {how} gets a WebSocket, and is refused on it, where it is to be refused before"
        return bench.open(attempt.seq, text, Severity.WARNING, f"{subject}/refused late")
    if attempt.opened:
        return bench.open(attempt.seq, f"a station {how} gets a WebSocket, over which nothing was answered", Severity.WARNING, subject)
    if not any(each.opened and each.purpose in {"work", RIGHT, NEW} for each in view.attempts):
        return bench.open(attempt.seq, f"a station {how} is not let in; nor is one with what was given to the audit")
    if attempt.detail.get("failed") == "tls":
        return bench.passes(attempt.seq, f"a station {how} is refused in the TLS handshake")
    if not isinstance(status, int) or status >= 500:
        return bench.open(attempt.seq, f"what becomes of a station {how} cannot be said: {_problem(attempt)}")
    if status == _NOT_FOUND and attempt.purpose in _WRONG:
        text = f"a station {how} is refused with HTTP {status}, which is for identities that are not known; 401 belongs here"
        return bench.passes(attempt.seq, text, Severity.WARNING, f"{subject}/HTTP status")
    if not 400 <= status < 500:
        return bench.open(attempt.seq, f"a station {how} is answered with HTTP {status}")
    remark = Severity.NOTE if attempt.purpose in _WRONG and status != _UNAUTHORIZED else None
    return bench.passes(attempt.seq, f"a station {how} is refused with HTTP {status}", remark, f"remarks/{subject}" if remark else None)


def _problem(attempt: Attempt) -> str:
    if attempt.opened:
        return "the connection was ended by the central system"
    return str(attempt.detail.get("problem") or "no answer")
