"""The person at the terminal, through a real one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from typing import TextIO

import pytest

from probes.cases.prompts import Action, Done, Prompt
from probes.operators import TerminalOperator

PROMPT = Prompt(Action.PLUG, "Plug a car into connector 1.", 60.0, connector=1)
BOUND = 60.0


class Person:
    """Both ends of a terminal."""

    def __init__(self) -> None:
        self._master, slave = os.openpty()
        self.terminal: TextIO = os.fdopen(slave, "r", encoding="utf-8")
        self.shown: list[str] = []
        self.asked = asyncio.Event()

    def show(self, line: str) -> None:
        self.shown.append(line)
        self.asked.set()

    def types(self, text: str) -> None:
        os.write(self._master, text.encode())

    def close(self) -> None:
        self.terminal.close()
        os.close(self._master)


@pytest.fixture
def person() -> Iterator[Person]:
    made = Person()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("typed", "answer"), [("\n", Done.DONE), ("done\n", Done.DONE), ("Y\n", Done.DONE), ("n\n", Done.CANNOT), (" No \n", Done.CANNOT)]
)
async def test_enter_is_done_and_n_is_cannot(person: Person, typed: str, answer: Done) -> None:
    person.types(typed)
    operator = TerminalOperator(person.terminal, person.show)
    assert await asyncio.wait_for(operator.ask(PROMPT), BOUND) is answer
    assert any(PROMPT.text in line for line in person.shown)
    assert any("60 s" in line for line in person.shown)


async def test_what_is_no_answer_is_asked_again(person: Person) -> None:
    person.types("what?\n")
    operator = TerminalOperator(person.terminal, person.show)
    asking = asyncio.create_task(operator.ask(PROMPT))
    while not any("cannot be done." in line and "Press" not in line for line in person.shown):
        person.asked.clear()
        await asyncio.wait_for(person.asked.wait(), BOUND)
    assert not asking.done()
    person.types("\n")
    assert await asyncio.wait_for(asking, BOUND) is Done.DONE


async def test_when_the_wire_showed_it_the_question_is_taken_back_and_the_next_line_is_for_the_next(person: Person) -> None:
    operator = TerminalOperator(person.terminal, person.show)
    asking = asyncio.create_task(operator.ask(PROMPT))
    await asyncio.wait_for(person.asked.wait(), BOUND)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    person.types("n\n")
    assert await asyncio.wait_for(operator.ask(PROMPT), BOUND) is Done.CANNOT
