"""The OpenAPI document itself: complete, consistent, and the same as what is served; and the page that people read."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from registry.accounts.access import rule_of
from registry.accounts.roles import Role
from registry.api.pages import METHODS, groups
from registry.api.problems import PREFIX
from registry.api.setup import written
from tests.registry.api.samples import Installation

OPERATIONS = {
    told["operationId"]: (method, path, told)
    for path, item in written()["paths"].items()
    for method, told in item.items()
    if method in METHODS
}

DATA_OF_PAGES = {
    "certificates.search": "search_certificates",
    "certificates.certificate": "get_certificate",
    "evidence.certificate": "get_certificate_paper",
    "evidence.certificate_evidence": "get_certificate_bundle",
    "certificates.products.compare": "compare_sides",
    "certificates.products.index_of": "list_products list_holders list_laboratories",
    "certificates.products.certificates": "get_product",
    "certificates.products.of_holder": "get_holder",
    "certificates.products.of_laboratory": "get_laboratory",
    "requirements.index": "list_requirement_sets",
    "requirements.as_toml": "get_requirement_set",
    "requirements.result": "get_check get_check_workbook get_check_paper",
    "fleet.export": "list_devices get_device",
    "fleet.errand_problems": "get_errand_problems",
    "fleet.import_list": "list_imports",
    "audits.report": "get_report get_report_paper",
    "audits.export": "list_audits",
    "audits.transcript_file": "get_transcript",
    "audits.bundle": "get_bundle",
    "campaigns.export": "list_campaigns",
    "campaigns.devices": "get_campaign",
    "review.queue": "list_review_queue",
    "review.document": "get_review",
    "review.picture": "get_page_picture",
    "history.export": "list_events",
    "oca_list.index": "list_lists",
    "oca_list.rows": "list_listed_rows",
    "oca_list.imports": "list_lists",
    "snapshots.latest": "list_snapshots",
    "snapshots.all": "list_snapshots",
    "watches.index": "list_watches",
    "snapshots.download": "get_snapshot",
    "badges.of_certificate": "get_certificate_badge",
    "badges.qr_of_certificate": "get_certificate_code",
    "badges.of_device": "get_device_badge",
    "badges.qr_of_device": "get_device_code",
}
"""What the pages hand to programs, by the beginnings of their endpoints, and the operations that give the same."""

ACTS_OF_PAGES = {
    "audits.new": "request_audit",
    "audits.new_central": "request_central_audit",
    "audits.answered": "answer_prompt",
    "audits.cancelled": "cancel_audit",
    "campaigns.new": "create_campaign",
    "campaigns.move": "move_campaign",
    "fleet.import_file": "import_devices",
    "fleet.match_now": "match_devices",
    "fleet.remove_chosen": "remove_devices",
    "fleet.remove_device": "remove_device",
    "fleet.remove_import": "remove_import",
    "requirements.copy": "create_requirement_set",
    "requirements.edit": "replace_requirement_set",
    "requirements.remove": "remove_requirement_set",
    "requirements.check_offers": "check_file",
    "aliases.record": "record_alias",
    "aliases.withdraw": "withdraw_alias",
    "review.document": "decide_review",
    "oca_list.index": "decide_listing",
    "accounts.revoke_token": "revoke_own_token",
    "administration.disable": "disable_account",
    "administration.revoke": "revoke_token",
    "watches.new_mail": "create_watch",
    "watches.new_webhook": "create_watch",
    "watches.change": "move_watch",
    "watches.add_address": "add_mail_address",
    "watches.remove_address": "remove_mail_address",
}
"""What people do with the pages' forms, and the operations that do the same."""

FOR_BROWSERS = {
    *("accounts.sign_in", "accounts.sign_out", "accounts.welcome", "accounts.password", "accounts.make_token"),
    *("administration.invite", "administration.role", "administration.enable", "administration.link"),
    *("watches.confirm", "watches.end"),
}
"""Forms that let somebody in, now or later, or that a link in a mail leads to: programs have tokens, which none of them makes."""

_DATA = re.compile(r"\.(json|csv|xlsx|toml|pdf|zip|jsonl|png|svg)$")
_KINDS = re.compile(r"_(json|csv|xlsx|pdf)$")


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_says_who_may_use_it_what_it_does_and_how_it_fails(name: str) -> None:
    method, path, told = OPERATIONS[name]
    assert path.startswith(f"{PREFIX}/")
    assert told["x-role"] in ("anybody", *Role)
    assert told["security"] == ([{}, {"token": []}] if told["x-role"] == "anybody" else [{"token": []}])
    assert told["summary"].endswith(".")
    parameters = (*told.get("parameters", ()), *written()["paths"][path].get("parameters", ()))
    assert all(parameter["description"].endswith(".") for parameter in parameters)
    assert "default" not in told["responses"]
    expected = {"401", "422", "429", "500", "503"}
    expected |= {"403"} if told["x-role"] != "anybody" or method != "get" else set()
    expected |= {"400", "413", "415"} if "requestBody" in told else set()
    expected |= {"304"} if method == "get" else set()
    assert expected <= set(told["responses"])


def test_the_word_for_profiles_that_cannot_be_told_is_explained() -> None:
    said = {one["name"]: one["description"] for one in OPERATIONS["search_certificates"][2]["parameters"] if "name" in one}
    assert "`untold` stands for entries of which it cannot be told" in said["profile"]


def test_the_served_operations_are_those_of_the_document_and_need_what_it_says(installed: Installation) -> None:
    served = {
        (rule.endpoint.rpartition(".")[2], method)
        for rule in installed.app.url_map.iter_rules()
        if rule.rule.startswith(f"{PREFIX}/") and not rule.endpoint.startswith("api_pages.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served == {(name, method.upper()) for name, (method, _, _) in OPERATIONS.items()}
    for rule in installed.app.url_map.iter_rules():
        name = rule.endpoint.rpartition(".")[2]
        if name in OPERATIONS and rule.rule.startswith(PREFIX):
            declared = rule_of(installed.app.view_functions[rule.endpoint], OPERATIONS[name][0].upper())
            assert declared is not None
            assert OPERATIONS[name][2]["x-role"] == (str(declared.role) if declared.role else "anybody")


def test_everything_that_pages_hand_to_programs_is_had_here(installed: Installation) -> None:
    endpoints = {
        _KINDS.sub("", rule.endpoint)
        for rule in installed.app.url_map.iter_rules()
        if _DATA.search(rule.rule) and not rule.rule.startswith(PREFIX)
    }
    assert endpoints == set(DATA_OF_PAGES)
    assert {name for names in DATA_OF_PAGES.values() for name in names.split()} <= set(OPERATIONS)


def test_everything_that_forms_do_is_done_here_by_the_same_roles(installed: Installation) -> None:
    app = installed.app
    forms = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ()) and not rule.rule.startswith(PREFIX)}
    assert forms - FOR_BROWSERS == set(ACTS_OF_PAGES)
    for endpoint, name in ACTS_OF_PAGES.items():
        assert role_of(app, endpoint) == OPERATIONS[name][2]["x-role"], endpoint


def role_of(app: Flask, endpoint: str) -> str:
    rule = rule_of(app.view_functions[endpoint], "POST")
    assert rule is not None
    return str(rule.role) if rule.role else "anybody"


def test_the_document_and_its_page_are_for_everybody(installed: Installation) -> None:
    client = installed.app.test_client()
    answer = client.get(f"{PREFIX}/openapi.json")
    assert answer.json == written()
    assert client.get(f"{PREFIX}/openapi.json", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    page = client.get("/api").text
    assert page.count("<article") == len(OPERATIONS)
    for name in OPERATIONS:
        assert f'id="{name}"' in page
    assert "Answers: 200, 304, 401, 404, 422, 429, 500, 503" in page
    assert "<script" not in page.replace('<script src="/static/app.js"></script>', "")


def test_the_page_says_what_an_argument_is() -> None:
    told: dict[str, Any] = {one.id: one for group in groups(written()) for one in group.operations}
    search = {one.name: one for one in told["search_certificates"].arguments}
    assert (search["page"].place, search["page"].kind, search["page"].is_needed) == ("query", "whole number, 1 to 100000", False)
    assert search["document"].kind == "one of yes, no"
    assert search["role"].kind == "any of CS, CSMS"
    assert search["holder"].kind == "list of text"
    form = {one.name: one for one in told["import_devices"].arguments}
    assert (form["file"].place, form["file"].kind, form["file"].is_needed) == ("form", "file", True)
    guarded = {one.name: one for one in told["replace_requirement_set"].arguments}
    assert guarded["If-Match"].is_needed
    assert guarded["words"].place == "json"
