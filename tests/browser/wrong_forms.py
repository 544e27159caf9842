"""Every form of the pages, filled in wrongly in all the ways that have a sentence of their own; addresses that ask for what cannot be."""

from __future__ import annotations

import io
from collections.abc import Iterator

from registry.review.values import LONGEST_NUMBER, LONGEST_TEXT
from tests.registry import samples

ADDRESSES = (
    *(
        "/fleet?sort=beauty",
        "/fleet?page=none",
        "/fleet?size=1000",
        f"/fleet?q={'x' * 300}",
        "/fleet?" + "&".join(f"site={n}" for n in range(40)),
    ),
    *(
        "/?page=none",
        "/?page=99999999",
        "/?size=5000",
        "/?sort=beauty",
        "/?year=none",
        "/?year=1066",
        "/?document=perhaps",
        f"/?q={'x' * 20_000}",
    ),
    *("/?" + "&".join(f"holder={n}" for n in range(200)), f"/?holder={'x' * 5_000}"),
    *("/review?page=none", "/review?state=none", "/compare?certificate=A&certificate=B", "/compare?product=A/B&product=C/D"),
    *(
        "/requirements/none",
        "/requirements/of/none",
        "/requirements/of/OCA.0016.0408.CS?on=03/04/2024",
        "/requirements/of/OCA.0016.0408.CS?on=soon",
    ),
    *("/requirements/of/OCA.0016.0408.CS?on=2024-02-30", "/watches/new?kind=none&key=x", "/watches/new?kind=product&key=x", "/audits/none"),
)

Sent = dict[str, object]
GOOD = "vendor,model,software version\nA,B,1\n"


def forms(requirements: str, document: str, reading: int) -> Iterator[tuple[str, Sent]]:
    """Addresses, each with what is sent there. `requirements` is the text of a set, `document` the hash of a certificate."""
    for name, data in SPREADSHEETS.items():
        yield "/requirements/calevip-2-dc/check", {"offers": (io.BytesIO(data), name), "action": "judge"}
        yield "/fleet/import", {"file": (io.BytesIO(data), name)}
    yield "/requirements/calevip-2-dc/check", {}
    for on in ("03/04/2024", "soon", "2024-02-30", "4 Smarch 2024"):
        yield "/requirements/calevip-2-dc/check", {"offers": (io.BytesIO(GOOD.encode()), "offers.csv"), "on": on, "action": "judge"}
    yield "/fleet/import", {}
    yield "/fleet/import", {"sha256": "0" * 64, "name": "ours.csv"}
    for words in _broken(requirements):
        yield "/requirements/calevip-2-dc/copy", {"words": words, "reason": "Ours."}
    yield "/requirements/calevip-2-dc/copy", {"words": requirements}
    yield "/requirements/calevip-2-dc/copy", {"words": requirements, "reason": "Ours."}
    yield "/requirements/none/remove", {"reason": "Gone."}
    yield "/fleet/remove", {"expected": "3"}
    yield "/fleet/remove?site=Nowhere", {"expected": "3"}
    yield "/fleet/imports/999999/remove", {"expected": "3"}
    yield "/fleet/remove-device", {"identity": "CP-NONE"}
    yield "/audits/new", {"station": "CP-1", "certificate": "OCA.0016.9999.CS", "wait_seconds": "60"}
    yield "/audits/new", {"station": "CP-1234", "certificate": samples.EXAMPLE, "wait_seconds": "60"}
    yield "/listing", {"sha256": "0" * 64, "action": "accept", "reason": "It is in order."}
    yield "/admin/accounts", {"name": "?", "role": "reader"}
    yield "/admin/accounts", {"name": "reader", "role": "reader"}
    yield "/admin/accounts/999999/disable", {}
    yield "/account/tokens", {"label": "ours", "scopes": "read", "days": "9999"}
    yield "/account/tokens/999999/revoke", {}
    for password in ("short", "aaaaaaaaaaaaaaa", "x" * 600):
        yield "/account/password", {"old": "none", "password": password, "again": password}
    yield "/watches/addresses", {"address": "nobody"}
    for url in (
        "ftp://example.org/",
        "http://a:b@example.org/",
        "https://10.0.0.1/",
        "https:///x",
        "https://example.org/ x",
        "https://[x/",
    ):
        yield "/watches/new/webhook", {"kind": "search", "key": "q=x", "url": url}
    yield "/watches/new/webhook", {"kind": "none", "key": "x", "url": "https://example.org/"}
    for field, state, value in CORRECTIONS:
        decision = {
            "action": "correct",
            "field": field,
            "state": state,
            "value": value,
            "reason": "It is read otherwise.",
            "reading": reading,
        }
        yield f"/review/{document}", decision
    yield f"/review/{document}", {"action": "undo", "decision": 999_999, "reason": "It is read otherwise.", "reading": reading}
    yield f"/review/{document}", {"action": "accept", "field": "holder", "state": "read", "reading": reading + 1_000}
    stands = {"action": "finding-stands", "field": "finding:core-not-passed", "message": "Gone.", "state": "read", "reading": reading}
    yield f"/review/{document}", stands


_OFFERS = b"vendor,model,software version,role,evidence,certificate,installation date\n"
SPREADSHEETS = {
    "empty.csv": b"",
    "blank.csv": b"\n\n ,\n",
    "heads.csv": b"vendor,model,identity\n",
    "other.csv": b"colour,weight\nred,5\n",
    "twice.csv": b"model,model,identity\nA,B,C\n",
    "paper.csv": b"%PDF-1.4",
    "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "archive.xlsx": b"PK\x03\x04" + b"x" * 40,
    "quote.csv": b'model,identity\n"A,B\n',
    "wide.csv": b"model,identity" + b",x" * 200 + b"\n1,2" + b",3" * 200 + b"\n",
    "long.csv": b"model,identity\nA," + b"x" * 20_000 + b"\n",
    "loose.csv": b"model,identity\nA,B,C\n",
    "odd.csv": _OFFERS + b"A,B,1,toaster,a friend told us,none,03/04/2024\nA,B,1,CS,,,2024-02-30\n",
    "devices.csv": b"identity,model,installed,address,role,ocpp,position,lat\n"
    b"no identity,A,soon,ftp://x,toaster,9,here,95\n,B,03/04/2024,wss://a:b@c/d,CS,1.6,,12\nCP-1,C,,,,,,\nCP-1,C,,,,,,\n",
}

CORRECTIONS = (
    *(
        ("nothing", "read", "x"),
        ("number", "absent", ""),
        ("holder", "read", ""),
        ("holder", "read", "\u202ex"),
        ("holder", "read", "x" * (LONGEST_TEXT + 1)),
    ),
    *(
        ("number", "read", "x"),
        ("number", "read", "OCA.0099.0001.CS"),
        ("certification_date", "read", "soon"),
        ("certification_date", "read", "20230712"),
    ),
    *(("certification_date", "read", "2999-01-01"), ("certification_date", "read", "1999-01-01"), ("role", "read", "toaster")),
    *(("performance.Boot.pics_seconds", "read", "x"), ("performance.Boot.pics_seconds", "read", "99999"), ("holder", "read", "-")),
    ("revision", "read", "x" * (LONGEST_NUMBER + 1)),
)


def _broken(words: str) -> Iterator[str]:
    """The set of rules, spoilt in one way after another."""
    yield "= 5"
    yield "x" * 100_000
    yield words.replace('id = "', 'id = "No such ', 1)
    ours = words.replace('id = "calevip-2-dc"', 'id = "spoilt"', 1)
    for before, after in (
        ("schema_version = 1", "schema_version = 2"),
        ('title = "', 'headline = "'),
        ('title = "', 'titel = "'),
        ("[[phases]]", "[phases]"),
        ("[[sources]]", '[[sources]]\naddress = "ftp://x"\n[[sources]]'),
    ):
        yield ours.replace(before, after, 1)
    head = 'schema_version = 1\nid = "spoilt"\ntitle = "A"\npublisher = "B"\nsummary = "C"\n'
    source = '[[sources]]\ntitle = "A"\nread_on = "2026-11"\n'
    for rest in (
        f'role = "toaster"\n{source}',
        f'asks_certificate = "x"\n{source}',
        f'not_judged = "x"\n{source}',
        source,
        f'{source}[[phases]]\nname = "A"\nbegins = 2024-02-01\nends = 2024-01-01\nrule = {{}}\n',
        f'{source}[[phases]]\nname = "A"\nbegins = "2024-02-30"\nrule = {{}}\n',
        f'{source}[[phases]]\nname = "A"\nbegins = 5\nrule = {{}}\n',
        f'{source}[[phases]]\nname = "A"\nrule = 5\n',
        *(f'{source}[[phases]]\nname = "A"\nrule = {{ {rule} }}\n' for rule in _RULES),
        f'{source}[[phases]]\nname = "A"\nrule = {_KEY}\n[[phases]]\nname = "B"\nrule = {_KEY}\n',
        f'{source}[[phases]]\nname = "A"\nends = 2024-03-01\nrule = {_KEY}\n[[phases]]\nname = "B"\nbegins = 2024-02-01\nrule = {_KEY}\n',
        f'[[sources]]\ntitle = "A"\n[[phases]]\nname = "A"\nrule = {_KEY}\n',
    ):
        yield head + rest


_KEY = '{ clause = "A", key = { name = "A" } }'
_RULES = (
    "",
    'clause = "A", ruleset = "x", any = []',
    "all = 5",
    'clause = "A", ruleset = "none"',
    'clause = "A", ruleset = "calevip-2-d"',
    'clause = "A", ruleset = "spoilt"',
    'clause = "A", certified = { at_least = "OCPP 9" }',
    'clause = "A", certified = { at_least = "OCPP 1.6", exactly = "OCPP 1.6" }',
    'clause = "A", certified = { profiles = ["Cores"] }',
    'clause = "A", given = { levels = ["certificate"] }',
    'clause = "A", given = { levels = ["gossip"] }',
    'clause = "A", key = { name = "A", at_least = 5, at_most = 4 }',
    'clause = "A", key = { name = "A", at_least = "x" }',
    'clause = "A", pics = { name = "A" }',
    "all = [ { " * 40 + _KEY[1:-1] + " } ]" * 40,
)


SENT = {
    *(piece.strip().casefold() for data in SPREADSHEETS.values() for piece in data.decode("latin-1").replace("\n", ",").split(",")),
    *(piece.casefold() for address in ADDRESSES for piece in address.replace("?", "&").replace("=", "&").split("&")),
    *("state", "site", "answer", "open", "done", "no-certificate", "all", "any", "ruleset", "certified", "given", "key", "pics"),
    *(
        "newest",
        "oldest",
        "number",
        "holder",
        "it is read otherwise",
        "'ocpp 9'",
        "ocpp 2.1",
        "spoilt -> spoilt",
        "any and ruleset",
        "https://example.org/ x",
    ),
    *(
        "unexpected end of data",
        "invalid ipv6 url",
        "invalid statement (at line 1, column 1",
        "cannot overwrite a value (at line 23, column 9",
    ),
}
"""What is data in the answers: what was sent, the names of parameters and rules, and what Python says of a file."""
