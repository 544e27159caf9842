"""What a person at the station brings along: the idTag of a card, and whether there is a reader for it."""

from __future__ import annotations

from ocpp.v16.enums import AuthorizationStatus

from probes.cases.endings import NotApplicable, NotExercised
from probes.cases.prompts import Action
from probes.cases.station import AuditedStation
from probes.csms.state import IdTags
from probes.judge.catalogue import letters
from registry.sentences import KeptSentence

READERS_ROW = "RFID readers"
NO_READER = frozenset({"none", "no", "0", "n/a", "-"})


def needs_reader(station: AuditedStation) -> None:
    """The case may only run on a product that has a reader for tags, unless nothing is known of it."""
    hardware = station.certified.facts.hardware or {}
    told = next((value for row, value in hardware.items() if letters(row) == letters(READERS_ROW)), None)
    if told is not None and told.strip().casefold() in NO_READER:
        raise NotApplicable(f"the certificate's hardware table says {READERS_ROW}: {told}")


async def persons_tag(station: AuditedStation, connector: int) -> str:
    """The idTag of the card of the person at the station, in clear, for requests that must name it.

    It is refused while it is learnt, so that nothing begins by it. Raises `NotExercised` when the station does not ask about it.
    """
    steering = station.steering
    usual, steering.id_tags, steering.presented = steering.id_tags, IdTags(others=AuthorizationStatus.invalid), None
    text = KeptSentence(
        "Hold your card to the reader of connector %(connector)s, to make it known. This once it is refused: that is meant to be.",
        connector=connector,
    )
    try:
        await station.person(Action.PRESENT_TAG, text, lambda _shadow: _presented(station) is not None, connector=connector)
    finally:
        steering.id_tags = usual
    id_tag = _presented(station)
    if id_tag is None:
        raise NotExercised("which card it was could not be seen: the station did not ask whether it may charge")
    if not await station.heard(lambda shadow: shadow.all_idle, station.patience.back):
        raise NotExercised("the station did not become free again after a card was refused")
    return id_tag


async def presents_it_again(station: AuditedStation, connector: int) -> None:
    """The person holds that card to the reader once more, now to charge."""
    text = KeptSentence("Hold the same card to the reader of connector %(connector)s again.", connector=connector)
    await station.person(Action.PRESENT_TAG, text, connector=connector)


def _presented(station: AuditedStation) -> str | None:
    return station.steering.presented
