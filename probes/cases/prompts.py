"""What a case asks of a person at the station, or at the central system, in plain words, and how the person answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Action(StrEnum):
    """What a person may be asked to do; the names are those of the built-in station's controls where it has one."""

    PLUG = "plug"
    UNPLUG = "unplug"
    PRESENT_TAG = "tag"
    POWER_CUT = "power-cut"
    POWER_ON = "power-on"
    FAULT = "fault"
    REPAIR = "repair"
    JAM = "jam"
    TRIGGER = "trigger"
    """At the central system: have it send something."""


@dataclass(frozen=True)
class Prompt:
    """One thing to do. `text` says it in plain words, `connector` where (None: at the station as a whole), `seconds` how long there is
    for it. `id_tag` names the tag when a certain one is meant; a person's own will do otherwise. `another`: not the one
    that was used before. `error` is the errorCode of OCPP 1.6 section 7.6 that the fault is to have, when it matters.
    """

    action: Action
    text: str
    seconds: float
    connector: int | None = None
    id_tag: str | None = None
    another: bool = False
    error: str | None = None


class Done(StrEnum):
    """How a person answered."""

    DONE = "done"
    CANNOT = "cannot do"


class Operator(Protocol):
    """A person who can be asked: on a terminal, on a web page; in tests a twin's own controls."""

    async def ask(self, prompt: Prompt) -> Done:
        """Show the prompt and give the answer. Is cancelled when the wire showed that it was done, or when the time is over."""
