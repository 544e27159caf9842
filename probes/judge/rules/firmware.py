"""What must be told of uploads of diagnostics and of updates of firmware (1.6 4.4, 4.5, 5.9, 5.19; errata v4.0 3.31, 3.47 to 3.50).

Whether a file came is what the audit's own file server saw; the transcript has it as an event. Of other recordings only the statuses are
known, which show nothing of the file. When an update is carried out is up to the station (errata v4.0 3.63): silence shows nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from probes.judge.catalogue import letters
from probes.judge.certified import PASSED, Certified
from probes.judge.configuration import advertises
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges
from probes.judge.requests import UNSUPPORTED
from probes.wire.records import ConnectionEvent, EventKind
from registry.certificates.facts import Severity

FILE, SAW = "file", "saw"
"""In an event of the audit: the frame that asked for a transfer, and what the file server saw of it."""

TOLD_SECONDS = 60.0
"""How long a station may take to tell what came of a transfer that is over."""

INSTALLED_SECONDS = 600.0
"""How long it may take after its reboot until it tells that firmware is installed."""

PROFILE = "FirmwareManagement"

_UPDATING = ("Downloading", "Downloaded", "Installing", "Installed")
_FIRMWARE = frozenset({*_UPDATING, "DownloadFailed", "InstallationFailed", "Idle"})
SECURITY_ROWS = frozenset({"security", "advancedsecurity"})
"""How a certificate's profile table calls the security extension, letters only."""


def is_secured(certified: Certified) -> bool:
    """Whether the certificate is for the security extension: then plain updates are refused (white paper L01.FR.20)."""
    rows = certified.facts.profiles or {}
    return any(letters(name) in SECURITY_ROWS and (result or "").strip().casefold() == PASSED for name, result in rows.items())


@dataclass(frozen=True)
class Seen:
    """What the file server saw of one transfer; `told` are the station's notifications from the request to the next one of its kind."""

    event: ConnectionEvent | None
    told: tuple[Exchange, ...]

    @property
    def came(self) -> bool | None:
        """Whether the file came, or was fetched; None: nobody saw."""
        return None if self.event is None else self.event.detail.get("came") is True

    @property
    def was_nowhere(self) -> bool:
        """Whether there was nothing to be had at that address."""
        return self.event is not None and self.event.detail.get(SAW) == NOWHERE

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses in their order; Idle says nothing of a transfer."""
        return tuple(status for each in self.told if (status := str(each.payload.get("status"))) != "Idle")

    def frames(self, exchange: Exchange) -> tuple[int, ...]:
        """What shows it."""
        own = () if self.event is None else (self.event.seq,)
        return tuple(sorted({*exchange.seqs, *own, *(each.call.seq for each in self.told)}))


NOWHERE = "nothing is there"
"""What the file server says of an address that leads nowhere."""


def seen_of(view: View, exchange: Exchange, notification: str) -> Seen:
    """What came of a request for a transfer."""
    until = next((each.call.seq for each in view.story.asked[exchange.action] if each.call.seq > exchange.call.seq), None)
    told = tuple(each for each in view.called(notification, exchange.call.seq) if until is None or each.call.seq < until)
    events = (record for record in view.traffic.records if isinstance(record, ConnectionEvent) and record.event is EventKind.AUDIT)
    return Seen(next((event for event in events if event.detail.get(FILE) == exchange.call.seq), None), told)


def _asks(exchange: Exchange, action: str, view: View) -> bool:
    answered = exchange.reply is not None and exchange.reply.readable
    return exchange.from_csms and exchange.action == action and answered and bool(view.certified.profiles.get(PROFILE))


def _refused(bench: Bench, exchange: Exchange, view: View) -> Judgement:
    said = f"{exchange.action} was answered with CALLERROR {exchange.error_code}"
    certain = advertises(view.shadow(exchange), PROFILE) is not False and not is_secured(view.certified)
    if exchange.error_code in UNSUPPORTED and certain:
        return bench.fails(exchange, f"{said}, though the station is certified for Firmware Management", f"answers/{exchange.action}")
    return bench.open(exchange, said)


# --- diagnostics


@judges_exchanges("diagnostics-are-uploaded")
def diagnostics_are_uploaded(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_045_1: the file comes, and it is told. That it does not come may be for many reasons between the two."""
    if not _asks(exchange, "GetDiagnostics", view):
        return
    if exchange.error_code is not None:
        yield _refused(bench, exchange, view)
        return
    seen = seen_of(view, exchange, "DiagnosticsStatusNotification")
    if seen.was_nowhere:
        return
    if seen.came:
        yield from _uploaded(bench, exchange, view, seen)
    elif "Uploaded" in seen.statuses and seen.came is False:
        text = "the station told its diagnostics as Uploaded, and nothing has come to the file server"
        yield bench.open(exchange, text, Severity.WARNING, "DiagnosticsStatusNotification/Uploaded")
    elif "Uploaded" in seen.statuses:
        yield bench.open(exchange, "the station told its diagnostics as Uploaded; where to was not seen")
    elif "UploadFailed" in seen.statuses:
        yield bench.open(exchange, "the station told that the upload failed; whether it can reach the file server is not known")
    elif not (exchange.result or {}).get("fileName"):
        yield bench.open(exchange, "the station has no diagnostics: GetDiagnostics.conf names no file (5.9)")
    else:
        yield bench.open(exchange, "nothing came of GetDiagnostics while it was watched", Severity.WARNING, "GetDiagnostics/silence")


def _uploaded(bench: Bench, exchange: Exchange, view: View, seen: Seen) -> Iterator[Judgement]:
    saw = str(seen.event.detail.get(SAW)) if seen.event else ""
    if "Uploaded" in seen.statuses:
        wants = None if "Uploading" in seen.statuses else Severity.NOTE
        said = f"the diagnostics were uploaded ({saw}) and told as Uploaded"
        more = "" if wants is None else ", without Uploading before"
        yield bench.passes(exchange, said + more, wants, "DiagnosticsStatusNotification/Uploading" if wants else None)
    elif seen.statuses or not view.watched_for(exchange.call.seq, TOLD_SECONDS):
        told = ", ".join(seen.statuses) or "nothing yet"
        yield bench.open(exchange, f"the diagnostics were uploaded ({saw}); told was {told}")
    else:
        text = f"the diagnostics were uploaded ({saw}), and no DiagnosticsStatusNotification told of it"
        yield bench.fails(exchange, text, "DiagnosticsStatusNotification/missing", frames=seen.frames(exchange))


@judges_exchanges("diagnostics-file-is-named")
def diagnostics_file_is_named(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_045_1: where there are diagnostics, the answer names their file; without a name there are none."""
    if not _asks(exchange, "GetDiagnostics", view) or exchange.result is None:
        return
    seen, name = seen_of(view, exchange, "DiagnosticsStatusNotification"), exchange.result.get("fileName")
    if name:
        yield bench.passes(exchange, f"GetDiagnostics.conf names the file {str(name)[:80]}")
    elif seen.came:
        text = "GetDiagnostics.conf names no file, which says that there is none, and one was uploaded"
        yield bench.fails(exchange, text, "GetDiagnostics/fileName", frames=seen.frames(exchange))


@judges_exchanges("diagnostics-failure-is-told")
def diagnostics_failure_is_told(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_045_2: where nothing can be put, UploadFailed; a station that has nothing to upload says nothing."""
    if not _asks(exchange, "GetDiagnostics", view):
        return
    seen = seen_of(view, exchange, "DiagnosticsStatusNotification")
    if not seen.was_nowhere:
        return
    if exchange.error_code is not None:
        yield bench.open(exchange, f"GetDiagnostics was answered with CALLERROR {exchange.error_code}")
    elif "UploadFailed" in seen.statuses:
        yield bench.passes(exchange, "the upload that could not be was told as UploadFailed")
    elif "Uploaded" in seen.statuses:
        text = "an upload that the file server has refused was told as Uploaded"
        yield bench.fails(exchange, text, "DiagnosticsStatusNotification/false success", frames=seen.frames(exchange))
    else:
        yield bench.open(exchange, "nothing was told of the upload while it was watched")


# --- firmware


@judges_exchanges("firmware-download-failure-is-told")
def firmware_download_failure_is_told(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_044_2: firmware that is not there is told as DownloadFailed, and certainly not as downloaded."""
    if not _asks(exchange, "UpdateFirmware", view):
        return
    seen = seen_of(view, exchange, "FirmwareStatusNotification")
    if not seen.was_nowhere:
        return
    if exchange.error_code is not None:
        yield _refused(bench, exchange, view)
    elif "DownloadFailed" in seen.statuses:
        yield bench.passes(exchange, "the download of what is not there was told as DownloadFailed")
    elif "InstallationFailed" in seen.statuses:
        # What was downloaded may have been the server's refusal; that it is no firmware was noticed.
        text = f"the download of what is not there was told as {', '.join(seen.statuses)}"
        yield bench.open(exchange, text, Severity.WARNING, "FirmwareStatusNotification/DownloadFailed")
    elif any(status in {"Downloaded", "Installed"} for status in seen.statuses):
        text = f"the download of what is not there was told as {', '.join(seen.statuses)}"
        yield bench.fails(exchange, text, "FirmwareStatusNotification/false success", frames=seen.frames(exchange))
    else:
        told = ", ".join(seen.statuses) or "nothing"
        yield bench.open(exchange, f"of the download of what is not there {told} was told while it was watched")


@judges_exchanges("firmware-is-installed")
def firmware_is_installed(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_044_1: the image that was offered is fetched and told as Installed, after the reboot where there is one."""
    if not _asks(exchange, "UpdateFirmware", view):
        return
    seen = seen_of(view, exchange, "FirmwareStatusNotification")
    if seen.event is None or seen.was_nowhere or seen.event.detail.get(SAW) != OFFERED:
        return
    if exchange.error_code is not None:
        yield _refused(bench, exchange, view)
        return
    boots = (boot for boot in view.called("BootNotification", exchange.call.seq) if "Installing" in _before(seen, boot))
    rebooted = next((boot for boot in boots if view.watched_for(boot.call.seq, INSTALLED_SECONDS)), None)
    if "Installed" in seen.statuses:
        yield bench.passes(exchange, f"the firmware was told as {', '.join(seen.statuses)}")
    elif "Installing" in seen.statuses[-1:] and rebooted is not None:
        text = f"the firmware was told as {', '.join(seen.statuses)}, the station has rebooted, and it never told that it is installed"
        yield bench.fails(exchange, text, "FirmwareStatusNotification/Installed", frames=(*seen.frames(exchange), rebooted.call.seq))
    else:
        yield bench.open(exchange, f"of the update {', '.join(seen.statuses) or 'nothing'} was told while it was watched")


def _before(seen: Seen, boot: Exchange) -> tuple[str, ...]:
    return tuple(str(each.payload.get("status")) for each in seen.told if each.call.seq < boot.call.seq)


@judges_exchanges("firmware-installation-failure-is-told")
def firmware_installation_failure_is_told(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_044_3: a file that is no firmware at all (it is empty) is not told as Installed."""
    if not _asks(exchange, "UpdateFirmware", view):
        return
    seen = seen_of(view, exchange, "FirmwareStatusNotification")
    if seen.event is None or seen.event.detail.get(SAW) != OFFERED_EMPTY:
        return
    if exchange.error_code is not None:
        yield _refused(bench, exchange, view)
    elif "InstallationFailed" in seen.statuses:
        yield bench.passes(exchange, "an empty file was told as InstallationFailed")
    elif "Installed" in seen.statuses:
        text = "an empty file was told as firmware that is Installed"
        yield bench.fails(exchange, text, "FirmwareStatusNotification/false success", frames=seen.frames(exchange))
    else:
        yield bench.open(exchange, f"of an empty file {', '.join(seen.statuses) or 'nothing'} was told while it was watched")


OFFERED, OFFERED_EMPTY = "firmware is there", "an empty file is there"
"""What the file server says of an address where something can be fetched."""


@judges_exchanges("firmware-statuses-in-order")
def firmware_statuses_in_order(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_044: Downloading before Installing, unless an update was tried again; statuses of 7.25; nothing told twice without need."""
    if not _asks(exchange, "UpdateFirmware", view):
        return
    seen = seen_of(view, exchange, "FirmwareStatusNotification")
    unknown = [status for status in seen.statuses if status not in _FIRMWARE]
    if unknown:
        text = f"{unknown[0][:40]!r} is no status of firmware (7.25)"
        yield bench.fails(exchange, text, "calls/FirmwareStatusNotification", frames=seen.frames(exchange))
    backwards = _told_backwards(seen, view)
    if backwards is not None:
        first, second = (str(each.payload.get("status")) for each in backwards)
        text = f"{first} (frame {backwards[0].call.seq}) was told before {second} (frame {backwards[1].call.seq})"
        frames = (*exchange.seqs, *(each.call.seq for each in backwards))
        yield bench.fails(exchange, text, "FirmwareStatusNotification/order", frames=frames)
    elif seen.statuses and not unknown:
        repeated = next((a for a, b in zip(seen.statuses, seen.statuses[1:], strict=False) if a == b and a != "Downloading"), None)
        text = f"the statuses were told in order: {', '.join(seen.statuses)}"
        subject = "remarks/FirmwareStatusNotification" if repeated else None
        yield bench.passes(exchange, text, Severity.NOTE if repeated else None, subject)


def _told_backwards(seen: Seen, view: View) -> tuple[Exchange, Exchange] | None:
    """An installation that is told before its download has begun, on one connection and without a boot in between."""
    for number, first in enumerate(seen.told):
        status = str(first.payload.get("status"))
        earlier = {str(each.payload.get("status")) for each in seen.told[:number]}
        if status not in {"Installing", "Installed"} or earlier & {"Downloading", "Downloaded"}:
            continue
        for second in seen.told[number + 1 :]:
            if str(second.payload.get("status")) in {"DownloadFailed", "InstallationFailed"} or second.connection != first.connection:
                break
            booted = any(first.call.seq < boot.call.seq < second.call.seq for boot in view.called("BootNotification"))
            if second.payload.get("status") == "Downloading" and not booted:
                return first, second
    return None
