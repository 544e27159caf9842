"""The prompt: a person is told in plain words, and what they answer counts."""

from __future__ import annotations

import asyncio

import pytest

from probes.adaptors.base import Asked, By, Drives, Ended
from probes.adaptors.operations import OPERATIONS, InstallCertificate, RemoteStartTransaction, Reset
from probes.adaptors.prompt import PromptAdaptor
from probes.cases.prompts import Action, Done, Prompt
from tests.probes.adaptors.samples import PEM


class Person:
    """Answers as it is told, or not at all."""

    def __init__(self, answer: Done | None) -> None:
        self.answer = answer
        self.asked: list[Prompt] = []

    async def ask(self, prompt: Prompt) -> Done:
        self.asked.append(prompt)
        if self.answer is None:
            await asyncio.Event().wait()
        assert self.answer
        return self.answer


async def test_a_person_is_asked_in_plain_words() -> None:
    person = Person(Done.DONE)
    outcome = await PromptAdaptor(person).ask("CP1", RemoteStartTransaction("ABC", 1), 90.0)
    assert outcome == Asked(Ended.ASKED)
    text = (
        "In the management system, for the station CP1: Start a charging session remotely on connector 1 with the tag ABC "
        "(in OCPP: RemoteStartTransaction)."
    )
    assert person.asked == [Prompt(Action.TRIGGER, text, 90.0)]


async def test_what_is_too_long_is_enclosed() -> None:
    person = Person(Done.DONE)
    await PromptAdaptor(person).ask("CP1", InstallCertificate("CentralSystemRootCertificate", PEM), 1.0)
    assert person.asked[0].text.endswith(f"(in OCPP: InstallCertificate).\n{PEM}")


async def test_what_cannot_be_done() -> None:
    outcome = await PromptAdaptor(Person(Done.CANNOT)).ask("CP1", Reset("Soft"), 1.0)
    assert outcome == Asked(Ended.CANNOT, "whoever operates the management system said that it cannot be done")


async def test_the_wire_may_answer_first() -> None:
    adaptor = PromptAdaptor(Person(None))
    asking = asyncio.create_task(adaptor.ask("CP1", Reset("Soft"), 1.0))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await adaptor.close()


def test_a_person_can_be_asked_for_anything_and_may_choose_the_values() -> None:
    adaptor = PromptAdaptor(Person(None))
    assert (adaptor.name, adaptor.by) == ("prompt", By.PERSON)
    assert all(adaptor.capability(action).drives is Drives.YES for action in OPERATIONS)
    assert all(adaptor.passes(action) == frozenset() for action in OPERATIONS)
    assert adaptor.capability("Authorize").drives is Drives.NO
