"""Asks whoever operates the management system, in plain words: the way that is always there."""

from __future__ import annotations

from probes.adaptors.base import Asked, By, Capability, Drives, Ended
from probes.adaptors.operations import OPERATIONS, Operation
from probes.cases.prompts import Action, Done, Operator, Prompt

CANNOT = "whoever operates the management system said that it cannot be done"


class PromptAdaptor:
    """Puts each operation to `operator` as a prompt."""

    name = "prompt"
    by = By.PERSON

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def capability(self, action: str) -> Capability:
        """A person can be asked for anything; what cannot be done they say."""
        if action not in OPERATIONS:
            return Capability(Drives.NO, f"{action} is no operation that a management system sends")
        return Capability(Drives.YES)

    def passes(self, action: str) -> frozenset[str]:  # noqa: ARG002 - a person may always choose otherwise
        """Nothing for certain: a person may choose other values."""
        return frozenset()

    async def ask(self, station: str, operation: Operation, seconds: float) -> Asked:
        """Show the prompt and wait for the answer: "done" says that it was handed over, "cannot do" that there is no way."""
        done = await self._operator.ask(Prompt(Action.TRIGGER, prompt_text(station, operation), seconds))
        return Asked(Ended.ASKED) if done is Done.DONE else Asked(Ended.CANNOT, CANNOT)

    async def close(self) -> None:
        """Nothing is held."""


def prompt_text(station: str, operation: Operation) -> str:
    """What is asked, with OCPP's own name for it, which many user interfaces show."""
    text = f"In the management system, for the station {station}: {operation.sentence()} (in OCPP: {operation.action})."
    enclosure = operation.enclosure()
    return f"{text}\n{enclosure}" if enclosure else text
