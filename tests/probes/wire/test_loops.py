"""Which event loop the programs run on."""

from __future__ import annotations

import asyncio
import importlib.util

import pytest
import uvloop

from probes.wire import loops


async def the_loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def test_the_fast_loop_runs_where_it_is_installed() -> None:
    assert isinstance(loops.run(the_loop()), uvloop.Loop)


async def test_picows_goes_with_the_fast_loop() -> None:
    running = asyncio.get_running_loop()
    assert loops.is_fast(running) is isinstance(running, uvloop.Loop)


@pytest.mark.parametrize("missing", ["uvloop", "picows"])
def test_both_parts_of_the_extra_are_needed(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    present = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else present(name))
    assert not loops.fast_loop_is_installed()


def test_asyncio_s_own_runs_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "fast_loop_is_installed", lambda: False)
    assert not isinstance(loops.run(the_loop()), uvloop.Loop)
