"""A client of the registry's API: what a buyer's program does with it.

    python api_client.py http://localhost:8000 "example chargers" ex-rules OFFERS.csv

Searches the catalogue page by page, reads each certificate that was found only when it changed since the last time, and has the offers
in a spreadsheet judged by a requirement set. Needs the package `requests`; with OCPP_REGISTRY_TOKEN it asks as an account.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

SECONDS = 30
SEEN = Path("certificates-seen.json")
"""Where this program keeps what it read, with the tags to ask by whether it is still the same."""


class Problem(Exception):
    """A request that the registry refused, in its own words."""


class Registry:
    """One registry, by the address of its pages."""

    def __init__(self, address: str, token: str | None = None) -> None:
        self.address = address.rstrip("/")
        self.session = requests.Session()
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def request(self, method: str, path: str, **more: Any) -> requests.Response:
        """Ask, wait where the registry says that it is too much, and raise what it refuses."""
        url = path if path.startswith("http") else f"{self.address}{path}"
        while True:
            answer = self.session.request(method, url, timeout=SECONDS, **more)
            if answer.status_code != requests.codes.too_many_requests:
                break
            time.sleep(float(answer.headers.get("Retry-After", "1")))
        if answer.headers.get("Content-Type", "").startswith("application/problem+json"):
            told = answer.json()
            raise Problem(f"{told['status']} {told['title']}: {told['detail']}")
        answer.raise_for_status()
        return answer

    def search(self, **arguments: str) -> Iterator[dict[str, Any]]:
        """Every certificate that a search finds, from page to page."""
        path: str | None = "/api/v1/certificates"
        while path:
            page = self.request("GET", path, params=arguments).json()
            yield from page["entries"]
            path, arguments = page["next"], {}

    def certificate(self, path: str, seen: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """One certificate, and whether it is news: what `seen` has is asked for by its tag, and sent again only when it changed."""
        known = seen.get(path, {"tag": "", "content": {}})
        answer = self.request("GET", path, headers={"If-None-Match": known["tag"]} if known["tag"] else {})
        if answer.status_code == requests.codes.not_modified:
            return known["content"], False
        seen[path] = {"tag": answer.headers["ETag"], "content": answer.json()}
        return seen[path]["content"], True

    def check(self, ruleset: str, offers: Path) -> dict[str, Any]:
        """The verdicts over a spreadsheet of offers."""
        with offers.open("rb") as file:
            checked: dict[str, Any] = self.request(
                "POST", f"/api/v1/requirements/{ruleset}/checks/file", files={"offers": (offers.name, file)}
            ).json()
        return checked


def main(address: str, text: str, ruleset: str, offers: str) -> None:
    """Say what was found, what is news, and what comes of the offers."""
    registry = Registry(address, os.environ.get("OCPP_REGISTRY_TOKEN"))
    seen: dict[str, Any] = json.loads(SEEN.read_text()) if SEEN.exists() else {}
    for entry in registry.search(q=text, document="yes", sort="number"):
        content, is_news = registry.certificate(entry["url"], seen)
        errors = sum(finding["severity"] == "error" for finding in content["findings"])
        print(f"{entry['number']} {entry['software_version']}: {'read' if is_news else 'as before'}, {errors} errors")
    SEEN.write_text(json.dumps(seen))
    for row in registry.check(ruleset, Path(offers))["offers"]:
        print(f"row {row['row']}, {row['model']}: {row['answer']}")
        for reason in row["reasons"]:
            print(f"  {reason['clause']}: {reason['text']}")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit("usage: api_client.py ADDRESS TEXT RULESET OFFERS.csv")
    try:
        main(*sys.argv[1:])
    except (Problem, requests.RequestException) as problem:
        sys.exit(f"{problem}")
