"""How many files, and with them connections, this process may have open."""

from __future__ import annotations

import resource


def allow_many_files() -> None:
    """As many as this user may have: each connection needs one."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
