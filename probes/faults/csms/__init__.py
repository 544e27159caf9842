"""The faults of central systems, by what they are made in."""

from __future__ import annotations

from collections.abc import Mapping

from probes.faults.csms.answers import ANSWERS
from probes.faults.csms.doors import DOORS
from probes.faults.csms.frames import FRAMES
from probes.faults.csms.operations import OPERATIONS
from probes.faults.making import CsmsFault

CSMS_FAULTS: Mapping[str, CsmsFault] = {**ANSWERS, **OPERATIONS, **FRAMES, **DOORS}
"""Every fault of a CSMS, by its name."""
