"""Audits as the one who asks may see them."""

from __future__ import annotations

from typing import TypeVar

from registry.accounts.access import may
from registry.accounts.roles import Role
from registry.audits.store import AuditSummary
from registry.audits.withheld import without_address

Line = TypeVar("Line", bound=AuditSummary)


def shown(audit: Line) -> Line:
    """The audit, without the address of a management system unless its visitor audits devices."""
    return audit if may(Role.AUDITOR) else without_address(audit, audit.station_id)
