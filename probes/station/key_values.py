"""What values single configuration keys take beyond their types (OCPP 1.6 chapter 9). Pure."""

from __future__ import annotations

import re

PHASE_ROTATION = "ConnectorPhaseRotation"
LIGHT_INTENSITY = "LightIntensity"
FULL_INTENSITY = 100
UNKNOWN_ROTATIONS = ("NotApplicable", "Unknown")
ROTATIONS = ("RST", "RTS", "SRT", "STR", "TRS", "TSR")

_ROTATION = re.compile(rf"(?:([0-9]{{1,3}})\.)?({'|'.join((*UNKNOWN_ROTATIONS, *ROTATIONS))})")


def items(value: str) -> list[str]:
    """The items of a comma separated list, blanks around them ignored."""
    return [item.strip() for item in value.split(",") if item.strip()]


def rotations(value: str) -> dict[int | None, str] | None:
    """The phase rotations in a value as `0.RST, 1.RTS`, by connector; None as a connector: the word stands for all, as certificates
    have it. None: it is no such list, or names a connector twice (section 9.1.7).
    """
    found = [_ROTATION.fullmatch(item) for item in items(value)]
    read = [(int(match[1]) if match[1] else None, match[2]) for match in found if match]
    return dict(read) if len(dict(read)) == len(found) else None


def rotation_of(value: str, connector_id: int) -> str:
    """How the phases of this connector are wired to the meter; RST where that is not known."""
    known = rotations(value) or {}
    rotation = known.get(connector_id, known.get(None, ""))
    return rotation if rotation in ROTATIONS else ROTATIONS[0]


def suits_as_rotations(value: str, connectors: int, most: int | None) -> bool:
    """Whether ConnectorPhaseRotation takes this; `most` is ConnectorPhaseRotationMaxLength (sections 9.1.7 and 9.1.8)."""
    known = rotations(value)
    return known is not None and all(number is None or number <= connectors for number in known) and (most is None or len(known) <= most)
