"""What must be told of uploads of the security log and of updates with signed firmware (security white paper N01, L01).

Whether a file came is what the audit's own file server saw; see firmware.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges
from probes.judge.rules.credentials import EVENT_SECONDS
from probes.judge.rules.firmware import SAW, TOLD_SECONDS, Seen, seen_of
from registry.certificates.facts import Severity

SIGNED, FALSELY_SIGNED = "signed firmware is there", "firmware with a wrong signature is there"
"""What the file server says of an image for SignedUpdateFirmware."""

_TAKEN = frozenset({"Accepted", "AcceptedCanceled"})


def _answered(exchange: Exchange, action: str) -> bool:
    return exchange.from_csms and exchange.action == action and exchange.reply is not None and exchange.reply.readable


# --- logs


@judges_exchanges("log-is-uploaded")
def log_is_uploaded(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_079: the log comes, and that is told. That it does not come may be for many reasons between the two."""
    if not _answered(exchange, "GetLog"):
        return
    if exchange.status not in _TAKEN:
        yield bench.open(exchange, f"GetLog was answered {exchange.status or exchange.error_code}")
        return
    seen = seen_of(view, exchange, "LogStatusNotification")
    saw = "" if seen.event is None else str(seen.event.detail.get(SAW))
    if not seen.came:
        told = ", ".join(seen.statuses) or "nothing"
        yield bench.open(exchange, f"no log was seen to come; of its upload {told} was told")
    elif "Uploaded" in seen.statuses:
        note = None if "Uploading" in seen.statuses else Severity.NOTE
        more = "" if note is None else ", without Uploading before"
        subject = None if note is None else "LogStatusNotification/Uploading"
        yield bench.passes(exchange, f"the log was uploaded ({saw}) and told as Uploaded{more}", note, subject)
    elif seen.statuses or not view.watched_for(exchange.call.seq, TOLD_SECONDS):
        yield bench.open(exchange, f"the log was uploaded ({saw}); told was {', '.join(seen.statuses) or 'nothing yet'}")
    else:
        text = f"the log was uploaded ({saw}), and no LogStatusNotification told of it"
        yield bench.fails(exchange, text, "LogStatusNotification/missing", frames=seen.frames(exchange))


@judges_exchanges("log-status-names-its-request")
def log_status_names_its_request(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_079: while something is uploaded its number stands in every status; one of an upload before may come late."""
    if not _answered(exchange, "GetLog") or exchange.status not in _TAKEN:
        return
    seen = seen_of(view, exchange, "LogStatusNotification")
    busy = [each for each in seen.told if each.payload.get("status") in {"Uploading", "Uploaded"}]
    without = [each for each in busy if "requestId" not in each.payload]
    if without and not _was_triggered(view):
        text = f"LogStatusNotification {without[0].payload['status']} (frame {without[0].call.seq}) has no requestId"
        yield bench.fails(exchange, text, "LogStatusNotification/requestId", frames=(*exchange.seqs, without[0].call.seq))
    elif any(each.payload.get("requestId") == exchange.payload.get("requestId") for each in busy):
        yield bench.passes(exchange, "the statuses name the request")


def _was_triggered(view: View) -> bool:
    """Whether a status may have been sent because the central system asked for one."""
    return any(each.payload.get("requestedMessage") == "LogStatusNotification" for each in view.story.asked["ExtendedTriggerMessage"])


# --- firmware


def _seen(exchange: Exchange, view: View, what: str) -> Seen | None:
    if not _answered(exchange, "SignedUpdateFirmware"):
        return None
    seen = seen_of(view, exchange, "SignedFirmwareStatusNotification")
    return seen if seen.event is not None and seen.event.detail.get(SAW) == what else None


@judges_exchanges("signed-firmware-is-installed")
def signed_firmware_is_installed(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_080: what the laboratory has given is installed. Whether it fits the station is for the laboratory to know."""
    seen = _seen(exchange, view, SIGNED)
    if seen is None:
        return
    told = ", ".join(seen.statuses) or "nothing"
    if "Installed" not in seen.statuses:
        said = exchange.status or exchange.error_code
        yield bench.open(exchange, f"the request was answered {said}; {told} was told of the update while it was watched")
    elif "SignatureVerified" in seen.statuses:
        yield bench.passes(exchange, f"the firmware was told as {told}")
    else:
        yield bench.passes(exchange, f"the firmware was told as {told}, without SignatureVerified", Severity.WARNING, "SignatureVerified")


@judges_exchanges("firmware-update-is-an-event")
def firmware_update_is_an_event(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_080: FirmwareUpdated is a critical event (chapter 8), so it is told."""
    seen = _seen(exchange, view, SIGNED)
    installed = next((each for each in seen.told if each.payload.get("status") == "Installed"), None) if seen is not None else None
    if installed is None:
        return
    events = view.called("SecurityEventNotification", exchange.call.seq)
    told = [each for each in events if each.payload.get("type") == "FirmwareUpdated"]
    if told:
        yield bench.passes(exchange, f"FirmwareUpdated was told (frame {told[0].call.seq})")
    elif view.watched_for(installed.call.seq, EVENT_SECONDS):
        text = f"firmware was told as Installed (frame {installed.call.seq}), and the event FirmwareUpdated was not in {EVENT_SECONDS:g} s"
        yield bench.fails(exchange, text, "SecurityEventNotification/FirmwareUpdated", frames=(*exchange.seqs, installed.call.seq))


@judges_exchanges("wrong-signature-is-refused")
def wrong_signature_is_refused(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_081: InvalidSignature, and nothing of an installation. A certificate that the station does not know ends it before."""
    seen = _seen(exchange, view, FALSELY_SIGNED)
    if seen is None:
        return
    told = ", ".join(seen.statuses) or "nothing"
    wrong = [status for status in seen.statuses if status in {"SignatureVerified", "Installing", "InstallRebooting", "Installed"}]
    if wrong:
        text = f"firmware with a wrong signature was told as {wrong[0]}"
        yield bench.fails(exchange, text, "SignedFirmwareStatusNotification/wrong signature", frames=seen.frames(exchange))
    elif "InvalidSignature" in seen.statuses:
        yield bench.passes(exchange, f"firmware with a wrong signature was told as {told}")
    else:
        said = exchange.status or exchange.error_code
        yield bench.open(exchange, f"the request was answered {said}; {told} was told while it was watched")
