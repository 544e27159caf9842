"""How those who charge share the station's limit (OCPP 1.6 section 3.13.4, load balancing): arithmetic on ampere, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    """One transaction: `most` is its own limit, `least` its minChargingRate, both in ampere per phase; None: there is none."""

    connector_id: int
    most: float | None = None
    least: float | None = None


def shares(whole: float | None, claims: Sequence[Claim]) -> dict[int, float | None]:
    """Ampere per phase for each connector, None where nothing limits. `claims` come in the order in which the transactions began.

    The station's limit `whole` is shared evenly. Where that leaves somebody with less than the rate under which charging is
    inefficient (section 7.13), the one who began last gets nothing for now, and the others more.
    """
    served = list(claims)
    while True:
        share = None if whole is None else whole / max(1, len(served))
        given = {claim.connector_id: _lower(claim.most, share) for claim in served}
        starved = [claim for claim in served if _below(given[claim.connector_id], claim.least)]
        if share is None or len(served) <= 1 or not starved:
            return {claim.connector_id: given.get(claim.connector_id, 0.0) for claim in claims}
        served.remove(starved[-1])


def _lower(one: float | None, other: float | None) -> float | None:
    return min((each for each in (one, other) if each is not None), default=None)


def _below(given: float | None, least: float | None) -> bool:
    return given is not None and least is not None and given < least
