"""How gunicorn reads requests: `gunicorn --config python:registry.request_line`.

A long address is for the application to answer, which says what to do, and not for gunicorn, which ends the connection with words about
itself. gunicorn knows only 8 KiB or no bound at all; without one, whoever sends a line that never ends fills the memory.
"""

from __future__ import annotations

from gunicorn.http import message

LONGEST = 128 * 1024
"""Bytes of method and address: 10,000 letters of any script, each as up to four bytes of three signs, do fit."""

message.MAX_REQUEST_LINE = LONGEST
limit_request_line = LONGEST
"""The setting of gunicorn of that name."""
