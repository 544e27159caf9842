"""The idTags of an audit. They exist on the CSMS of the audit alone: nobody can be charged for what is done with them."""

from __future__ import annotations

from ocpp.v16.enums import AuthorizationStatus

from probes.csms.state import IdTag, IdTags

PROBE_ID_TAG = "OCPPREGISTRYPROBE"
"""The idTag of requests that must not lead to a transaction; the CSMS of an audit says that it is invalid."""

VALID_ID_TAG = "OCPPREGISTRYTEST"
"""The idTag that the CSMS of an audit accepts: remote starts, reservations and local lists of the audit are for it."""

SECOND_ID_TAG = "OCPPREGISTRYSECOND"
"""Accepted as well, with the same parent."""

OTHER_ID_TAG = "OCPPREGISTRYOTHER"
"""Accepted as well, with no parent: somebody else."""

PARENT_ID_TAG = "OCPPREGISTRYGROUP"
"""The parent of the first two."""


def audit_id_tags() -> IdTags:
    """The idTags of a CSMS that audits: everybody may charge, the probe's own tag may not."""
    grouped = IdTag(AuthorizationStatus.accepted, parent=PARENT_ID_TAG)
    return IdTags(known={PROBE_ID_TAG: AuthorizationStatus.invalid, VALID_ID_TAG: grouped, SECOND_ID_TAG: grouped})
