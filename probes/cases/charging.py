"""Steps that cases about transactions share: what is waited for while one begins, runs and ends, and what is set before."""

from __future__ import annotations

from collections.abc import Callable

from probes.cases.endings import NotApplicable, NotExercised
from probes.cases.ledger import Change, Kind
from probes.cases.prompts import Action
from probes.cases.requests import accepted, answer_text
from probes.cases.station import CROSSING_SECONDS, AuditedStation, Running
from probes.cases.tags import VALID_ID_TAG
from probes.judge.rules.authorisation import LAPSE_SECONDS
from probes.judge.rules.statuses import SHOWN_SECONDS
from probes.judge.shadow import Shadow
from probes.judge.story import RUNNING
from probes.judge.times import STATUS_SECONDS
from registry.sentences import KeptSentence

CONNECTION_TIMEOUT = 90
"""ConnectionTimeOut in seconds while a person is to come with a cable."""

SHORT_TIMEOUT = 30
"""ConnectionTimeOut in seconds where nobody comes."""


async def begun(station: AuditedStation, since: int, seconds: float, connector: int | None = None) -> Running | None:
    """The transaction that begins after record `since`; None: none did. It is ended when the case is over, whoever began it."""
    started = await station.called(
        "StartTransaction", seconds, since=since, where=lambda told: connector is None or told.get("connectorId") == connector
    )
    number = (started.result or {}).get("transactionId") if started is not None else None
    if started is None or not isinstance(number, int):
        return None
    station.ledger.add(Change(Kind.TRANSACTION, str(started.payload.get("idTag"))))
    await station.clock.sleep(CROSSING_SECONDS)
    where = started.payload.get("connectorId")
    return Running(where if isinstance(where, int) else 0, number, since)


async def shows_running(station: AuditedStation, connector: int) -> None:
    """Wait until the connector is told to be charging or suspended; as long as its silence would have to last to count."""
    await _shows(station, lambda shadow: _status(shadow, connector) in RUNNING, STATUS_SECONDS + SHOWN_SECONDS)


async def shows_end(station: AuditedStation, connector: int) -> None:
    """Wait until it is told not to be charging any more."""
    await _shows(station, lambda shadow: _status(shadow, connector) not in RUNNING, STATUS_SECONDS)


async def _shows(station: AuditedStation, holds: Callable[[Shadow], bool], seconds: float) -> None:
    if not await station.heard(holds, seconds + await _held_back(station) + 1):
        await station.shows_presence()


async def _held_back(station: AuditedStation) -> int:
    """By how many seconds statuses come later than they are: MinimumStatusDuration. Asked for by name, so that its absence is known."""
    if not {"minimumstatusduration"} & {*station.shadow.configuration, *station.shadow.unknown_keys}:
        await station.get_configuration(["MinimumStatusDuration"])
    return _number(station, "MinimumStatusDuration", 0)


def _number(station: AuditedStation, key: str, otherwise: int) -> int:
    reading = station.shadow.configuration.get(key.casefold())
    text = (reading.value or "").strip() if reading is not None else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else otherwise


def _status(shadow: Shadow, connector: int) -> str | None:
    state = shadow.connectors.get(connector)
    return state.status if state is not None else None


async def authorises_remotely(station: AuditedStation) -> None:
    """The station asks the central system before it starts what it was asked for."""
    await station.configured("AuthorizeRemoteTxRequests", "true")


async def prefers(station: AuditedStation, key: str, value: str) -> bool:
    """A setting that makes a case say more; gives whether it is so."""
    try:
        await station.configured(key, value)
    except NotExercised:
        return False
    return True


async def knows_nobody(station: AuditedStation) -> None:
    """The station asks about every card, as far as its settings allow: it goes neither by its cache nor by its list."""
    await prefers(station, "LocalPreAuthorize", "false")
    await prefers(station, "AuthorizationCacheEnabled", "false")
    await tells_its_list(station)


async def tells_its_list(station: AuditedStation) -> None:
    """Whether there is a local list that it may go by."""
    if station.certified.profiles.get("LocalAuthListManagement") and station.shadow.local_list is None:
        await station.get_local_list_version()


async def has_cache(station: AuditedStation) -> None:
    """The station has an authorization cache. Raises `NotApplicable` for one without."""
    if "authorizationcacheenabled" not in station.shadow.configuration:
        await station.get_configuration(["AuthorizationCacheEnabled"])
    if "authorizationcacheenabled" not in station.shadow.configuration:
        raise NotApplicable("the station has no AuthorizationCacheEnabled, so it has no authorization cache (1.6 3.5.1, 9.1.2)")
    await station.configured("AuthorizationCacheEnabled", "true")
    await tells_its_list(station)


async def local_session(station: AuditedStation) -> Running:
    """A transaction that a person begins with a card."""
    connector, since = await station.needs_car(), station.transcript.seq
    await holds_card(station, connector)
    running = await begun(station, since, station.patience.start + STATUS_SECONDS, connector)
    if running is None:
        raise NotExercised("a transaction could not be started with a card")
    return running


async def holds_card(station: AuditedStation, connector: int, *, another: bool = False) -> None:
    """A person holds a card to the reader."""
    if another:
        text = KeptSentence("Hold another card than before to the reader of connector %(connector)s.", connector=connector)
    else:
        text = KeptSentence("Hold a charging card, always the same one, to the reader of connector %(connector)s.", connector=connector)
    await station.person(Action.PRESENT_TAG, text, connector=connector, another=another)


async def starts_without_car(station: AuditedStation, connector: int) -> None:
    """A remote start on a free connector. Raises `NotExercised` when it is refused; what it leads to all the same is over by then."""
    answer = await station.remote_start_transaction(VALID_ID_TAG, connector_id=connector)
    if not accepted(answer):
        await is_free_again(station, connector)
        raise NotExercised(f"a remote start without a car was answered {answer_text(answer)}, which a station may do")


async def is_free_again(station: AuditedStation, connector: int) -> bool:
    """Wait until the connector is Available again after nobody came; says in the report when it is not."""
    timeout = _number(station, "ConnectionTimeOut", CONNECTION_TIMEOUT)
    if not await station.heard(lambda shadow: _status(shadow, connector) == "Preparing", station.patience.status):
        # It does not show what it waits for, or it does not wait: nobody may come as long as it could.
        await station.clock.sleep(timeout)
    patience = timeout + LAPSE_SECONDS + STATUS_SECONDS + await _held_back(station) + 1
    if await station.heard(lambda shadow: _status(shadow, connector) == "Available", patience):
        return True
    await station.shows_presence()
    if _status(station.shadow, connector) != "Preparing":
        # Somebody charges there: a car had been plugged in all the while. What the audit began is ended with the case.
        return False
    station.changed.append(f"connector {connector} still waits for a car for an idTag of the audit; see that it is given free")
    return False
