"""The pages of help: one for each task, and the glossary."""

from __future__ import annotations

from flask import Blueprint, render_template

from registry import wording
from registry.accounts.access import anybody
from registry.help.terms import TERMS

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


@help_pages.get("/help/glossary")
@anybody
def glossary() -> str:
    """The words of the field, in the order of the language of the page."""
    said = sorted(((wording.say(term.name), term) for term in TERMS), key=lambda one: one[0].casefold())
    return render_template("help/glossary.html", terms=said)
