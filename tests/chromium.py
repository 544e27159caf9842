"""Debian's Chromium, which the tests look at pages with and print them by.

The one without windows draws the same by the same engine, for a third of the time of the processors; it is a package of its own, and
where it could not be had the whole browser serves.
"""

from __future__ import annotations

from pathlib import Path

_PLACES = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))

CHROMIUM = next((place for place in _PLACES if place.exists()), _PLACES[0])
