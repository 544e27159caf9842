"""The sentences about what sets a device apart from what was certified: its hardware, and the products that it is derived from."""

from __future__ import annotations

from collections.abc import Sequence

from registry.matching.hardware import Compared
from registry.matching.model import Certified, Device, Reason, RowDifference
from registry.matching.words import about, plain, product, together
from registry.sentences import Joined, KeptSentence


def other_hardware(one: Certified, rows: Sequence[RowDifference]) -> Reason:
    """A deciding row of the hardware differs."""
    said = KeptSentence(
        "%(certificate_words)s is for this model and version, but other hardware is another product for certification.",
        certificate_words=one.name,
    )
    differing = KeptSentence("%(rows_text)s.", rows_text=Joined("; ", map(_differing, rows)))
    return about(one, "other-hardware", f"hardware.{rows[0].row}", Joined(" ", (said, differing)))


def hardware_unclear(device: Device, one: Certified, rows: Sequence[str]) -> Reason:
    """Whether a deciding row differs cannot be told."""
    said = KeptSentence(
        "%(certificate_words)s is for this model and version; whether its hardware is the same cannot be told.", certificate_words=one.name
    )
    told = KeptSentence("%(rows_text)s.", rows_text=Joined("; ", (_unclear(device, one, row) for row in rows)))
    return about(one, "hardware-unclear", f"hardware.{rows[0]}", Joined(" ", (said, told)))


def _unclear(device: Device, one: Certified, row: str) -> KeptSentence:
    certified, here = (one.hardware or {}).get(row), plain(device.hardware.get(row))
    if not certified:
        return KeptSentence("%(row)s: not read, here “%(here)s”", row=row, here=here)
    return KeptSentence("%(row)s: “%(certified)s”, here “%(here)s”", row=row, certified=plain(certified), here=here)


def _differing(row: RowDifference) -> KeptSentence:
    here = plain(row.device)
    return KeptSentence("%(row)s: certified “%(certified)s”, here “%(here)s”", row=row.row, certified=plain(row.certified), here=here)


def derivative(one: Certified, model: bool | None, version: bool | None, hardware: Compared) -> str:
    """What sets a certified product apart from the device."""
    parts: list[str] = []
    if model:
        parts.append(KeptSentence("another model (“%(product)s”)", product=product(one)))
    elif model is None:
        parts.append(KeptSentence("perhaps another model (“%(product)s”)", product=product(one)))
    if version:
        parts.append(KeptSentence("another software version (“%(version)s”)", version=plain(one.software_version)))
    elif version is None and one.software_version:
        parts.append(KeptSentence("perhaps another software version (“%(version)s”)", version=plain(one.software_version)))
    elif version is None:
        parts.append(KeptSentence("a software version that was not read"))
    parts += map(_differing, hardware.differing)
    said: list[str] = [KeptSentence("%(certificate_words)s is for the same model and version.", certificate_words=one.name)]
    if parts:
        told = Joined("; ", parts)
        said = [
            KeptSentence("%(certificate_words)s, compared with the device: %(parts_text)s.", certificate_words=one.name, parts_text=told)
        ]
    if hardware.differing:
        said.append(KeptSentence("By its hardware it is another product for certification."))
    return together(said)
