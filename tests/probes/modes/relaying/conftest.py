"""The relay is tested on asyncio's own event loop, and on the one of the extra `fast`, as all that is on the wire."""

from tests.probes.wire.conftest import pytest_asyncio_loop_factories

__all__ = ["pytest_asyncio_loop_factories"]
