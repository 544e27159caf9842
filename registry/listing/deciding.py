"""Deciding about a list that was kept aside: noted, and the list taken, in one transaction."""

from __future__ import annotations

from registry.db import lock_for_writing
from registry.errors import RegistryError
from registry.listing.queries import lists
from registry.listing.shrinking import DISCARDED, decide
from registry.sentences import Sentence
from registry.site import Site


def decide_list(site: Site, sha256: str, action: str, reason: str, who: str) -> None:
    """Note the decision (`ACCEPTED` or `DISCARDED`), and take the list when it was accepted: both or neither.

    Raises RegistryError with a sentence for the person.
    """
    with site.sessions.begin() as writing:
        lock_for_writing(writing)
        kept = next((one for one in lists(writing).waiting if one.sha256 == sha256), None)
        if kept is None:
            raise RegistryError(Sentence("That list does not wait for a decision any more: look at it once more"))
        decide(writing, sha256, action, reason, who)
        if action == DISCARDED:
            return
        if kept.is_overtaken:
            raise RegistryError(Sentence("A newer list was imported since this one was kept aside: discard it, or import the list again"))
        if site.take_list is None:
            raise RegistryError(Sentence("Lists cannot be taken here: use `ocpp-registry listing import --accept-shrunk`"))
        site.take_list(writing, site.settings, sha256, kept.source)
