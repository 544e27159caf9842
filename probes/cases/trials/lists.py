"""A local list that somebody manages: nothing in it is changed, only that it has another version can be seen."""

from __future__ import annotations

from probes.cases.catalogue import trial
from probes.cases.endings import NotExercised
from probes.cases.listing import AUDIT_VERSIONS, list_version, needs_list_profile
from probes.cases.requests import accepted
from probes.cases.station import AuditedStation


@trial("managed-local-list")
async def managed_local_list(station: AuditedStation) -> None:
    """A differential update without any entry: the list has the next version then. That cannot be undone, and is said."""
    needs_list_profile(station)
    version = await list_version(station)
    if version is None or version <= 0 or version in AUDIT_VERSIONS:
        raise NotExercised(f"only with a local list that somebody manages; its version is {version}")
    if accepted(await station.send_local_list(version=version + 1, update_type="Differential")):
        station.changed.append(
            f"the version of the local list was raised from {version} to {version + 1}, and nothing in it changed: the next update from"
            " your CSMS must be a full list, or have a higher version"
        )
    await list_version(station)
