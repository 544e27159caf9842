"""Cases of the local authorization list: its versions, and that its tags need not be asked for.

They begin with an empty list, and the audit empties it again; the tags in it are those of the audit, and of the person who helps it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from probes.cases.catalogue import case
from probes.cases.endings import NotExercised
from probes.cases.listing import AUDIT_VERSIONS, entry_of, list_version, listed, needs_empty_list, needs_list_profile
from probes.cases.people import needs_reader, persons_tag, presents_it_again
from probes.cases.requests import accepted
from probes.cases.reserving import free_connector, needs_person, plugged_in, to_be_stopped
from probes.cases.station import AuditedStation
from probes.cases.tags import OTHER_ID_TAG, SECOND_ID_TAG, VALID_ID_TAG

LONGEST_FILLED = 200
"""A list that may be longer than this is not filled."""


@case("TC_042_2_CS")
async def version_of_empty_list(station: AuditedStation) -> None:
    """Get Local List Version (empty)."""
    await needs_empty_list(station)
    if accepted(await station.send_local_list(version=AUDIT_VERSIONS[0])):
        await list_version(station)


@case("TC_043_CS")
async def send_local_list(station: AuditedStation) -> None:
    """Send Local Authorization List: as a whole, one tag more, one less."""
    await needs_empty_list(station)
    first = AUDIT_VERSIONS[0]
    await station.send_local_list(version=first, entries=[entry_of(VALID_ID_TAG)])
    await list_version(station)
    await station.send_local_list(version=first + 1, update_type="Differential", entries=[entry_of(SECOND_ID_TAG)])
    await list_version(station)
    await station.send_local_list(version=first + 2, update_type="Differential", entries=[{"idTag": SECOND_ID_TAG}])
    await list_version(station)


@case("TC_043_2_CS")
async def send_older_local_list(station: AuditedStation) -> None:
    """Send Local Authorization List - VersionMismatch."""
    await needs_empty_list(station)
    first = AUDIT_VERSIONS[0]
    await station.send_local_list(version=first, entries=[entry_of(VALID_ID_TAG)])
    await list_version(station)
    await station.send_local_list(version=first + 3, update_type="Differential", entries=[entry_of(SECOND_ID_TAG)])
    await list_version(station)
    await station.send_local_list(version=first + 2, update_type="Differential", entries=[entry_of(OTHER_ID_TAG)])
    await list_version(station)


@case("TC_043_3_CS")
async def send_too_long_local_list(station: AuditedStation) -> None:
    """Send Local Authorization List - Failed: more tags than the station can hold, in updates that it can take."""
    await needs_empty_list(station)
    longest, at_once = _limit(station, "LocalAuthListMaxLength"), _limit(station, "SendLocalListMaxLength")
    if not 0 < longest <= LONGEST_FILLED:
        raise NotExercised(
            f"a list of {longest} tags is not filled by an audit" if longest else "the station did not tell how long its list can be"
        )
    for version, (first, tags) in enumerate(_portions(longest + 1, at_once or longest + 1), start=AUDIT_VERSIONS[0]):
        entries = [entry_of(tag) for tag in tags]
        answer = await station.send_local_list(version=version, update_type="Full" if first else "Differential", entries=entries)
        if not accepted(answer):
            break
    await list_version(station)


def _limit(station: AuditedStation, key: str) -> int:
    """The value of a limit, 0 where none can be read."""
    reading = station.shadow.configuration.get(key.casefold())
    text = (reading.value or "").strip() if reading else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _portions(count: int, at_once: int) -> Iterator[tuple[bool, Sequence[str]]]:
    """So many made-up tags in portions; the first is told as such."""
    tags = [f"OCPPREGISTRY{number:06d}" for number in range(count)]
    for begin in range(0, count, at_once):
        yield begin == 0, tags[begin : begin + at_once]


@case("TC_008_1_CS")
async def listed_tag_presented(station: AuditedStation) -> None:
    """Regular Start Charging Session - Id in Local Authorization List."""
    needs_list_profile(station)
    needs_reader(station)
    needs_person(station)
    await needs_empty_list(station)
    connector = await free_connector(station)
    id_tag = await persons_tag(station, connector)
    await station.configured("LocalPreAuthorize", "true")
    await listed(station, id_tag)
    since = station.transcript.seq
    await presents_it_again(station, connector)
    to_be_stopped(station, await plugged_in(station, connector, since))


@case("TC_008_2_CS")
async def listed_tag_started_remotely(station: AuditedStation) -> None:
    """Remote Start Charging Session - Id in Local Authorization List."""
    needs_list_profile(station)
    needs_person(station)
    await needs_empty_list(station)
    connector = await free_connector(station)
    await station.configured("AuthorizeRemoteTxRequests", "true")
    await station.configured("LocalPreAuthorize", "true")
    await listed(station, VALID_ID_TAG)
    since = station.transcript.seq
    if accepted(await station.remote_start_transaction(VALID_ID_TAG, connector_id=connector)):
        await plugged_in(station, connector, since)
