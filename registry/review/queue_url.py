"""The state of the queue in its address: parameters in, a choice of documents out, and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from registry.errors import RegistryError
from registry.marking import N_
from registry.sentences import Sentence

STATES = {"open": N_("To look at"), "done": N_("Done"), "no-certificate": N_("No certificate"), "all": N_("All")}
SEVERITIES = {"error": N_("Errors"), "warning": N_("Warnings"), "note": N_("Notes")}
KINDS = {"number": N_("No number"), "difference": N_("Read differently"), "unread": N_("Not read"), "finding": N_("Findings")}
SORTS = {"severity": N_("Most severe"), "oldest": N_("Longest waiting"), "newest": N_("Newest"), "number": N_("Number")}
PAGE_SIZE = 50
LONGEST_TEXT = 200
_NAMES = {"state": STATES, "severity": SEVERITIES, "kind": KINDS, "sort": SORTS}


@dataclass(frozen=True)
class QueueQuery:
    """Which documents, in which order; an empty `severity` or `kind` is any."""

    text: str = ""
    state: str = "open"
    severity: str = ""
    kind: str = ""
    sort: str = "severity"
    page: int = 1


def parse(parameters: Mapping[str, str]) -> QueueQuery:
    """The choice that an address asks for. Raises RegistryError, with the remedy, for a value that cannot be."""
    chosen = {}
    for name, known in _NAMES.items():
        value = parameters.get(name, "")
        if value and value not in known:
            raise RegistryError(
                Sentence("%(name)s=%(value)s is not known here: use one of %(known)s", name=name, value=value[:40], known=", ".join(known))
            )
        if value:
            chosen[name] = value
    page = parameters.get("page") or "1"
    if not (page.isascii() and page.isdigit() and len(page) < 7 and int(page) > 0):
        raise RegistryError(Sentence("page=%(page)s is no page: they are counted from 1", page=page[:40]))
    return QueueQuery(text=parameters.get("q", "").strip()[:LONGEST_TEXT], page=int(page), **chosen)


def pairs(query: QueueQuery, **changes: str | int) -> tuple[tuple[str, str], ...]:
    """The parameters of `query` with `changes`, without those that hold anyway; a change leads back to the first page."""
    changed = replace(query, **({"page": 1} | changes))  # type: ignore[arg-type]  # the names and kinds are those of the query
    usual = QueueQuery()
    found = {"q": changed.text, **{name: getattr(changed, name) for name in (*_NAMES, "page")}}
    usually = {"q": "", **{name: getattr(usual, name) for name in (*_NAMES, "page")}}
    return tuple((name, str(value)) for name, value in found.items() if value != usually[name])
