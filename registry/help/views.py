"""The pages of help: one for each task, and the glossary."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path

from flask import Blueprint, render_template

from registry import wording
from registry.accounts.access import anybody
from registry.help.terms import TERMS
from registry.language import counted
from registry.watches.outbox import WAITS
from registry.watches.sending import SECONDS
from registry.watches.signing import ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER
from registry.watches.telling import KINDS, SUBJECTS

_RECEIVER = Path(__file__).parents[2] / "data" / "examples" / "webhook_receiver.py"

help_pages = Blueprint("help", __name__)


@help_pages.get("/help")
@anybody
def index() -> str:
    """Where to begin, by what one wants to do."""
    return render_template("help/index.html")


@help_pages.get("/help/<any(buyer, utility, laboratory, operator):task>")
@anybody
def task(task: str) -> str:
    """One task from its beginning to its end, and what goes wrong on the way."""
    return render_template(f"help/{task}.html")


@help_pages.get("/help/webhooks")
@anybody
def webhooks() -> str:
    """For whoever writes a program that receives webhooks: what comes, how to check it, and a program that does."""
    return render_template(
        "help/webhooks.html",
        program=_receiver(),
        headers=(ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER),
        seconds=int(SECONDS),
        waits=wording.listed(map(_said, WAITS)),
        subjects=SUBJECTS,
        kinds=KINDS,
    )


@cache
def _receiver() -> str:
    return _RECEIVER.read_text(encoding="utf-8")


def _said(wait: timedelta) -> str:
    seconds = int(wait.total_seconds())
    if seconds < 60:
        return counted("%(num)s second", "%(num)s seconds", seconds)
    if seconds < 3600:
        return counted("%(num)s minute", "%(num)s minutes", seconds // 60)
    return counted("%(num)s hour", "%(num)s hours", seconds // 3600)


@help_pages.get("/help/glossary")
@anybody
def glossary() -> str:
    """The words of the field, in the order of the language of the page."""
    said = sorted(((wording.say(term.name), term) for term in TERMS), key=lambda one: one[0].casefold())
    return render_template("help/glossary.html", terms=said)
