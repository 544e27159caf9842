"""Whatever is typed into a search box, the answer is a page or a sentence, never a failure, and soon."""

from __future__ import annotations

import json
import time

import pytest
from flask.testing import FlaskClient

from registry.accounts.roles import Role
from tests.registry.api.samples import Installation
from tests.registry.signing_in import sign_in
from tests.registry.walking import routes

BOXES = ("q", "keys")
"""The names of the boxes in which people search."""

ODD = {
    "10,000 letters": "x" * 10_000,
    "10,000 words": "ab " * 3_333,
    "punctuation": "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    "operators of a full-text search": 'AND OR NOT NEAR( "a* -b ^c :',
    "quotes that do not end": "\"'`“„«",
    "signs of LIKE": "%_%\\%_",
    "what is no letter": "\u0000\u0001\u200b\ufeff\ud7ff\U0001f50c",
    "a script": "<script>alert(1)</script>",
    "blanks": " \t\n ",
    "letters beyond the usual": "ſtraße ﬁ Å ǅ 東京 ﷺ",
}


@pytest.mark.parametrize("name", ODD)
def test_no_query_brings_a_page_down(house: Installation, name: str) -> None:
    admin = sign_in(house.app.test_client(), house.sessions, Role.ADMIN)
    begun, asked = time.process_time(), 0
    for route in routes(house.app, house.known):
        if route.method != "GET":
            continue
        for client, headers in ((admin, {}), (house.app.test_client(), house.headers[Role.ADMIN])):
            if route.path.startswith("/api/v1/") is not bool(headers):
                continue
            answer = client.get(route.path, query_string=dict.fromkeys(BOXES, ODD[name]), headers=headers)
            asked += 1
            assert answer.status_code < 500, f"{route}: {answer.status_code}"
            assert b"<script>alert(1)" not in answer.data or answer.mimetype != "text/html", str(route)
            if answer.is_json and answer.status_code >= 400:
                assert "\n" not in json.dumps(answer.json)
            answer.close()
    assert asked > 100
    assert time.process_time() - begun < 60


@pytest.mark.parametrize(
    "path", ["/", "/certificates.json", "/holders", "/products", "/listing", "/fleet", "/history", "/api/v1/certificates"]
)
def test_no_query_brings_either_database_down(client: FlaskClient, path: str) -> None:
    for name, query in ODD.items():
        with client.get(path, query_string=dict.fromkeys(BOXES, query)) as answer:
            assert answer.status_code < 500, f"{name}: {answer.status_code}"
            assert answer.data


def test_no_query_of_the_review_brings_either_database_down(reviewer: FlaskClient) -> None:
    for name, query in ODD.items():
        assert reviewer.get("/review", query_string={"q": query}).status_code < 500, name
