"""Everything that an audit changed, put back as it was, and looked at whether it is.

What cannot be put back is said in one sentence each; it stays in the ledger, so that whoever comes next may try again.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from probes.cases.changes import PASSWORD_KEY
from probes.cases.credentials import comes_back_anew, note_credentials, payload_of
from probes.cases.endings import Gone, NoAnswer
from probes.cases.ledger import Change, Kind
from probes.cases.listing import AUDIT_VERSIONS, EMPTY_VERSION, list_version
from probes.cases.requests import accepted, answer_text
from probes.cases.station import CROSSING_SECONDS, AuditedStation
from probes.csms.audit_password import Shown
from probes.judge.installed import certificate_of, listed
from probes.judge.rules.remote import EFFECT_SECONDS
from probes.judge.times import STATUS_SECONDS
from probes.pki.certificates import hash_data


async def restore(station: AuditedStation, in_vain: set[Change] | None = None) -> list[str]:
    """Undo what the ledger holds, the newest first; gives what could not be undone. A station that does not answer is not asked on.

    `in_vain`: what it has not answered for before, which is left for the end of the audit, and added to.
    """
    station.steering.reset()
    left: list[str] = []
    for change in reversed(station.ledger.open):
        if in_vain is not None and change in in_vain:
            continue
        station.restoring = True
        try:
            problem = await _UNDO[change.kind](station, change)
        except (NoAnswer, Gone) as ended:
            left.append(not_restored(change, str(ended)))
            if isinstance(ended, Gone):
                break
            if in_vain is not None:
                in_vain.add(change)
            continue
        finally:
            station.restoring = False
        if problem is None:
            station.ledger.settle(change)
        else:
            left.append(not_restored(change, problem))
    return left


def not_restored(change: Change, why: str) -> str:
    """What is to be said of a change that is still there; of a password always what is to be done."""
    remedy = f"; {_LOCKED_OUT}" if change.kind is Kind.PASSWORD and _LOCKED_OUT not in why else ""
    return f"{name_of(change)} could not be restored: {why}{remedy}"


def name_of(change: Change) -> str:
    """The change in a few words."""
    if change.kind is Kind.CONFIGURATION:
        return f"the setting {change.subject} (before: {change.before})"
    if change.kind is Kind.LOCAL_LIST:
        return f"the local list (version before: {change.before})"
    if change.kind is Kind.RESERVATION:
        return f"the reservation {change.subject}, which ends by itself within 15 minutes,"
    if change.kind is Kind.TRANSACTION:
        return "a transaction of the audit"
    if change.kind is Kind.CERTIFICATE:
        return "a certificate that the audit installed"
    if change.kind is Kind.PASSWORD:
        return "the password (AuthorizationKey)"
    return f"the {change.kind} {change.subject}"


async def _configuration(station: AuditedStation, change: Change) -> str | None:
    """What it reads counts, not how a change was answered."""
    if await _reads_as_before(station, change):
        return None
    if change.before is None:
        return "it was not there before, and OCPP 1.6 has no way to remove it"
    answered = answer_text(await station.change_configuration(change.subject, change.before))
    if await _reads_as_before(station, change):
        return None
    now = station.shadow.configuration.get(change.subject.casefold())
    return f"it reads {now.value if now else None}; ChangeConfiguration was answered {answered}"


async def _reads_as_before(station: AuditedStation, change: Change) -> bool:
    await station.get_configuration([change.subject])
    now = station.shadow.configuration.get(change.subject.casefold())
    return now is None if change.before is None else now is not None and now.value == change.before


async def _reservation(station: AuditedStation, change: Change) -> str | None:
    # Rejected: there is no such reservation any more (1.6 5.1), it was used or has expired. What was cancelled cannot be cancelled again.
    answer = await station.cancel_reservation(int(change.subject))
    if accepted(answer):
        answer = await station.cancel_reservation(int(change.subject))
        if accepted(answer):
            return "CancelReservation is answered Accepted again and again"
        return None
    return None if answer_text(answer) == "Rejected" else f"CancelReservation was answered {answer_text(answer)}"


async def _charging_profile(station: AuditedStation, change: Change) -> str | None:
    answer = await station.clear_charging_profile(int(change.subject))
    return None if answer_text(answer) in {"Accepted", "Unknown"} else f"ClearChargingProfile was answered {answer_text(answer)}"


async def _availability(station: AuditedStation, change: Change) -> str | None:
    answer = await station.change_availability(int(change.subject), change.before or "Operative")
    if answer_text(answer) not in {"Accepted", "Scheduled"}:
        return f"ChangeAvailability was answered {answer_text(answer)}"
    wanted = change.before == "Inoperative"
    numbers = [number for number in station.shadow.connectors if number] if change.subject == "0" else [int(change.subject)]

    def is_so(shadow: object) -> bool:
        del shadow
        states = station.shadow.connectors
        return all(number in states and (states[number].status == "Unavailable") is wanted for number in numbers)

    if await station.heard(is_so, station.patience.status):
        return None
    return f"it is not reported as {'Unavailable' if wanted else 'available again'}"


async def _transaction(station: AuditedStation, change: Change) -> str | None:
    """Stop what is known to run for this idTag; a start that was accepted and led to nothing has ended when nothing is busy."""
    for transaction in station.transactions_of(change.subject):
        await station.clock.sleep(CROSSING_SECONDS)
        answer = await station.remote_stop_transaction(transaction)
        if not accepted(answer):
            return f"RemoteStopTransaction({transaction}) was answered {answer_text(answer)}; stop it by hand"
        if not await station.heard(lambda shadow, ended=transaction: ended not in shadow.open_transactions, EFFECT_SECONDS + 1):  # type: ignore[misc]  # a default binds the loop's variable, which a Callable cannot tell
            await station.shows_presence()
            return f"transaction {transaction} was not reported as ended; see that it is"
        if not await station.heard(lambda shadow: not shadow.busy, STATUS_SECONDS + 1):
            await station.shows_presence()
    return None


async def _local_list(station: AuditedStation, change: Change) -> str | None:
    """A list that was empty is emptied; its version can only be read, not set back (1.6 5.15). A list that is not the audit's is left."""
    before = int(change.before) if change.before is not None else None
    version = await list_version(station)
    if version == before:
        return None
    if version == EMPTY_VERSION:
        return _EMPTY_AGAIN.format(version)
    if version is not None and version > 0 and version not in AUDIT_VERSIONS:
        return None
    said = await _emptied(station, (version or 0) + 1)
    version = await list_version(station)
    if version == before:
        return None
    if said == "Accepted":
        return _EMPTY_AGAIN.format(version)
    text = f"SendLocalList of an empty list was answered {said}, and the version reads {version}"
    return f"{text}; it may still hold idTags of the audit, which no other CSMS knows: send the full list from your CSMS"


_EMPTY_AGAIN = "it is empty again, but its version reads {}: the next update from your CSMS must be a full list"


async def _emptied(station: AuditedStation, following: int) -> str:
    """What an empty list was answered with; where the lowest version is refused, the following one is tried."""
    try:
        answer = await station.send_local_list(version=EMPTY_VERSION)
        if not accepted(answer):
            answer = await station.send_local_list(version=following)
    except NoAnswer:
        return "not at all"
    return answer_text(answer)


async def _certificate(station: AuditedStation, change: Change) -> str | None:
    """Named as the station itself lists it: only it knows what it made its hashes of."""
    asked = json.loads(change.subject)
    certificate = certificate_of(asked["certificate"])
    if certificate is None:
        return "it cannot be read any more"
    before = await station.get_installed_certificate_ids(asked["certificateType"])
    told = listed(payload_of(before), certificate)
    if told is None and answer_text(before) in {"Accepted", "NotFound"}:
        return None
    answer = await station.delete_certificate(told or hash_data(certificate, certificate).to_wire())
    after = await station.get_installed_certificate_ids(asked["certificateType"])
    if listed(payload_of(after), certificate) is not None:
        return f"DeleteCertificate was answered {answer_text(answer)}, and it is still listed; nobody has its key"
    return None if answer_text(answer) in {"Accepted", "NotFound"} else f"DeleteCertificate was answered {answer_text(answer)}"


async def _password(station: AuditedStation, _change: Change) -> str | None:
    """The station's own is set again, and is what it must come with."""
    if station.password is None:
        return _LOCKED_OUT
    answer = await station.change_configuration(PASSWORD_KEY, station.password.given)
    await comes_back_anew(station)
    shown = note_credentials(station, Shown.GIVEN)
    if shown is Shown.GIVEN:
        return None
    return f"ChangeConfiguration was answered {answer_text(answer)}, and the station did not come with its own; {_LOCKED_OUT}"


_LOCKED_OUT = "your CSMS would not let it in; audit it once more with --station-password-file as before, which lets it in and gives it back"


_UNDO: dict[Kind, Callable[[AuditedStation, Change], Awaitable[str | None]]] = {
    Kind.CONFIGURATION: _configuration,
    Kind.RESERVATION: _reservation,
    Kind.CHARGING_PROFILE: _charging_profile,
    Kind.AVAILABILITY: _availability,
    Kind.TRANSACTION: _transaction,
    Kind.LOCAL_LIST: _local_list,
    Kind.CERTIFICATE: _certificate,
    Kind.PASSWORD: _password,
}
