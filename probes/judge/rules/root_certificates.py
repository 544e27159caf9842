"""What must come of root certificates that are installed and deleted (security white paper M03 to M05)."""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.frames import Exchange
from probes.judge.installed import certificate_of, entries, listed, number_of
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges
from probes.judge.requests import UNSUPPORTED
from probes.judge.rules.credentials import is_none, is_over, opened, profile_of, refused
from probes.judge.rules.firmware import is_secured
from probes.pki.certificates import Certificate, hash_data
from registry.certificates.facts import Severity

CENTRAL, MANUFACTURER = "CentralSystemRootCertificate", "ManufacturerRootCertificate"

_TLS_BASIC = 2


def _is(exchange: Exchange, action: str) -> bool:
    return exchange.from_csms and exchange.action == action and exchange.reply is not None and exchange.reply.readable


def _next_list(exchange: Exchange, view: View, kind: object) -> Exchange | None:
    """The next list of installed certificates of this type that the same connection brought, if nothing of them was changed before."""
    for asked in view.story.asked["GetInstalledCertificateIds"]:
        if asked.call.seq > exchange.call.seq and asked.connection == exchange.connection and asked.payload.get("certificateType") == kind:
            between = (e for action in ("InstallCertificate", "DeleteCertificate") for e in view.story.asked[action])
            changed = any(exchange.call.seq < e.call.seq < asked.call.seq for e in between)
            return None if changed or asked.status not in {"Accepted", "NotFound"} else asked
    return None


def _installed(bench: Bench, exchange: Exchange, view: View, kind: str) -> Iterator[Judgement]:
    if not _is(exchange, "InstallCertificate") or exchange.payload.get("certificateType") != kind:
        return
    certificate = certificate_of(exchange.payload.get("certificate"))
    if certificate is None or is_over(certificate, exchange):
        return
    if exchange.error_code in UNSUPPORTED and is_secured(view.certified) and _over_tls(exchange, view):
        text = f"InstallCertificate was answered with CALLERROR {exchange.error_code}, and the station connects over TLS"
        yield bench.fails(exchange, text, "answers/InstallCertificate")
        return
    if exchange.status != "Accepted":
        said = exchange.status or exchange.error_code
        yield bench.open(exchange, f"a root certificate was answered {said}: for which there may be reasons (M05.FR.03, 04, 06)")
        return
    answer = _next_list(exchange, view, kind)
    if answer is None:
        yield bench.open(exchange, "a root certificate was Accepted; whether it is installed was not asked")
        return
    found = listed(answer.result, certificate)
    if found is None:
        text = f"a root certificate was Accepted, and it is not among those that are installed (frame {answer.call.seq})"
        yield bench.fails(exchange, text, "InstallCertificate/no effect", frames=(*exchange.seqs, *answer.seqs))
        return
    text = f"the root certificate is installed (frame {answer.call.seq})"
    if _is_as_computed(found, certificate):
        yield bench.passes(exchange, text)
    else:
        yield bench.passes(exchange, f"{text}; its hashes are not those of RFC 6960 section 4.1.1", Severity.WARNING, "certificateHashData")


def _over_tls(exchange: Exchange, view: View) -> bool:
    return (profile_of(opened(view, exchange.connection)) or 0) >= _TLS_BASIC


def _is_as_computed(found: dict[str, object], certificate: Certificate) -> bool:
    """Whether the hashes are those of a root, which has issued itself."""
    algorithm = found.get("hashAlgorithm")
    if algorithm not in {"SHA256", "SHA384", "SHA512"}:
        return False
    wanted = hash_data(certificate, certificate, str(algorithm)).to_wire()
    return all(str(found.get(name)).lower() == wanted[name].lower() for name in ("issuerNameHash", "issuerKeyHash"))


@judges_exchanges("manufacturer-root-is-installed")
def manufacturer_root_is_installed(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_075_1: what is Accepted is listed (M05.FR.02, M03.FR.04)."""
    yield from _installed(bench, exchange, view, MANUFACTURER)


@judges_exchanges("central-system-root-is-installed")
def central_system_root_is_installed(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_075_2: what is Accepted is listed (M05.FR.02, M03.FR.04)."""
    yield from _installed(bench, exchange, view, CENTRAL)


@judges_exchanges("deleted-root-is-gone")
def deleted_root_is_gone(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_076: what is deleted is not listed any more (M04.FR.02)."""
    told = exchange.payload.get("certificateHashData")
    if not _is(exchange, "DeleteCertificate") or not isinstance(told, dict):
        return
    before = _listed_before(exchange, view)
    if before is None:
        return
    if exchange.status == "NotFound":
        text = f"DeleteCertificate of what the station had just listed (frame {before.call.seq}) was answered NotFound"
        yield bench.fails(exchange, text, "DeleteCertificate/NotFound", frames=(*before.seqs, *exchange.seqs))
        return
    if exchange.status != "Accepted":
        yield bench.open(exchange, f"DeleteCertificate was answered {exchange.status or exchange.error_code} (M04.FR.03, 06)")
        return
    after = _next_list(exchange, view, before.payload.get("certificateType"))
    if after is None:
        yield bench.open(exchange, "DeleteCertificate was Accepted; whether the certificate is gone was not asked")
    elif number_of(told) in {number_of(entry) for entry in entries(after.result)}:
        text = f"DeleteCertificate was Accepted, and the certificate is still listed (frame {after.call.seq})"
        yield bench.fails(exchange, text, "DeleteCertificate/no effect", frames=(*exchange.seqs, *after.seqs))
    else:
        yield bench.passes(exchange, f"the certificate is deleted (frame {after.call.seq})")


def _listed_before(exchange: Exchange, view: View) -> Exchange | None:
    """The last list before, of the same connection, in which the station has named just this certificate."""
    told = exchange.payload.get("certificateHashData")
    for asked in reversed(view.story.asked["GetInstalledCertificateIds"]):
        if asked.call.seq < exchange.call.seq and asked.connection == exchange.connection and told in entries(asked.result):
            between = (e for e in view.story.asked["DeleteCertificate"] if asked.call.seq < e.call.seq < exchange.call.seq)
            return None if any(e.payload.get("certificateHashData") == told for e in between) else asked
    return None


@judges_exchanges("invalid-root-is-refused")
def invalid_root_is_refused(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_078: one that has expired, or is none, is not installed (M05.FR.06)."""
    if not _is(exchange, "InstallCertificate") or exchange.payload.get("certificateType") != CENTRAL:
        return
    text = exchange.payload.get("certificate")
    certificate = certificate_of(text)
    if is_none(text) or (certificate is not None and is_over(certificate, exchange)):
        yield from refused(bench, exchange, view, "InvalidCentralSystemCertificate")
