"""The local authorization list as the central system sends it (OCPP 1.6 sections 5.10 and 5.15)."""

from __future__ import annotations

from typing import Any

from probes.adaptors.operations import GetLocalListVersion, SendLocalList
from probes.cases.endings import NotExercised
from probes.central.audited import AuditedCsms
from probes.central.catalogue import case
from probes.central.tags import TagState
from probes.judge.frames import Exchange

PROFILE = "LocalAuthListManagement"


def entry(tag: str) -> dict[str, Any]:
    """An idTag that may charge, as a list has it."""
    return {"idTag": tag, "idTagInfo": {"status": "Accepted"}}


@case("TC_042_1_CSMS")
async def no_list(csms: AuditedCsms) -> None:
    """Our station has no list."""
    await versions(csms, -1)
    await csms.settles()


@case("TC_042_2_CSMS")
async def empty_list(csms: AuditedCsms) -> None:
    """Our station's list is empty."""
    await versions(csms, 0)


async def versions(csms: AuditedCsms, version: int) -> None:
    """The version of the list is asked for."""
    csms.needs_profile(PROFILE)
    await csms.wants(GetLocalListVersion(), reply={"listVersion": version})


@case("TC_043_1_CSMS")
async def list_not_supported(csms: AuditedCsms) -> None:
    """Our station takes no list."""
    await refused(csms, "NotSupported")


@case("TC_043_3_CSMS")
async def list_fails(csms: AuditedCsms) -> None:
    """Our station could not store the list."""
    await refused(csms, "Failed")


async def refused(csms: AuditedCsms, status: str) -> None:
    """A whole list that our station answers so."""
    csms.needs_profile(PROFILE)
    await csms.wants(SendLocalList("Full", (entry(csms.tag(TagState.VALID)),)), reply={"status": status})
    await csms.settles()


@case("TC_043_4_CSMS")
async def whole_list(csms: AuditedCsms) -> None:
    """A whole list."""
    await listed(csms)


async def listed(csms: AuditedCsms) -> Exchange:
    """A whole list that our station takes."""
    csms.needs_profile(PROFILE)
    return await csms.wants(SendLocalList("Full", (entry(csms.tag(TagState.VALID)),)))


@case("TC_043_5_CSMS")
async def changes_to_the_list(csms: AuditedCsms) -> None:
    """A list, and another tag added to it."""
    request = await listed(csms)
    held = csms.station.identification.local_list.version
    if request.status != "Accepted" or not held:
        raise NotExercised(f"our station did not take the whole list, but answered {request.status}: there is nothing to change")
    await csms.wants(GetLocalListVersion())
    await csms.wants(SendLocalList("Differential", (entry(_another(csms)),), held + 1))


def _another(csms: AuditedCsms) -> str:
    """A tag that is not on the list yet, if one was given."""
    further = (csms.tags.first(TagState.MEMBER), csms.tags.first(TagState.SINGLE), *csms.tags.all(TagState.VALID)[1:])
    return next((tag for tag in further if tag is not None), csms.tag(TagState.VALID))
