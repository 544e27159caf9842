"""Which event loop the programs run on."""

from __future__ import annotations

import asyncio

import pytest
import uvloop

from probes.wire import loops


async def the_loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def test_the_fast_loop_runs_where_it_is_installed() -> None:
    assert isinstance(loops.run(the_loop()), uvloop.Loop)


def test_asyncio_s_own_runs_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "fast_loop_is_installed", lambda: False)
    assert not isinstance(loops.run(the_loop()), uvloop.Loop)
