"""No secret survives in what is stored, and nothing else is touched."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.wire.redact import _SUSPICIOUS, Redactor, _is_suspicious, without_credentials

REDACTOR = Redactor(b"key of these tests")
TAG = "04A2B3C4D5E6F7"


def test_equal_tags_stay_equal_and_fit() -> None:
    token = REDACTOR.tag(TAG)
    assert token == REDACTOR.tag(TAG.lower())
    assert token != REDACTOR.tag(TAG[:-1])
    assert token.startswith("tag:")
    assert len(token) == 20
    assert REDACTOR.tag("") == ""


def test_another_key_gives_another_token() -> None:
    assert Redactor(b"another").tag(TAG) != REDACTOR.tag(TAG)


def test_a_tag_that_is_too_long_stays_too_long() -> None:
    assert len(REDACTOR.tag("x" * 25)) == 25


@pytest.mark.parametrize(
    "raw",
    [
        '[2,"1","Heartbeat",{}]',
        '[2, "1",  "StatusNotification" , {"connectorId": 1, "status":"Available","errorCode":"NoError","info":"caf\\u00e9 \\/ ok"}]',
        '[3,"1",{"configurationKey":[{"key":"HeartbeatInterval","readonly":false,"value":"20"}],"unknownKey":["AuthorizationKey"]}]',
        '[2,"1","GetConfiguration",{"key":["AuthorizationKey","HeartbeatInterval"]}]',
        '[2,"1","UpdateFirmware",{"location":"ftp://host.example/file@2","retrieveDate":"2026-01-01T00:00:00Z"}]',
        '[4,"1","GenericError","/idTag: the value has another type",{}]',
        '[4,"1","GenericError","the idTag is unknown",{}]',
        '[4,"1","SecurityError","password reset needed",{}]',
        "no json at all",
        "",
    ],
)
def test_what_holds_no_secret_is_untouched(raw: str) -> None:
    assert REDACTOR.text(raw) == raw


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ('[2,"1","Authorize",{"idTag":"%s"}]', '[2,"1","Authorize",{"idTag":"@"}]'),
        ('[2, "1", "Authorize" , { "idTag" :  "%s" } ]', '[2, "1", "Authorize" , { "idTag" :  "@" } ]'),
        ('[3,"1",{"idTagInfo":{"status":"Accepted","parentIdTag":"%s"}}]', '[3,"1",{"idTagInfo":{"status":"Accepted","parentIdTag":"@"}}]'),
        ('[2,"1","X",{"id\\u0054ag":"%s"}]', '[2,"1","X",{"id\\u0054ag":"@"}]'),
        ('[2,"1","X",{"IDTAG":"%s"}]', '[2,"1","X",{"IDTAG":"@"}]'),
        ('[2,"1","X",{"idTag":"%s","idTag":"%s"}]', '[2,"1","X",{"idTag":"@","idTag":"@"}]'),
        ('[2,"1","X",{"idTag":["%s",{"a":"%s"}]}]', '[2,"1","X",{"idTag":["@",{"a":"@"}]}]'),
        ('[2,"1","Authorize",{"idTag":"%s', '[2,"1","Authorize",{"idTag":"@'),
        ('[2,"1","Authorize",{"idTag":"%s"', '[2,"1","Authorize",{"idTag":"@"'),
        ("idTag=%s&x=1", "idTag=@&x=1"),
        ("{'idTag': '%s'}", "{'idTag': '@'}"),
        ("<idTag>%s</idTag>", "<idTag>@</idTag>"),
        ('[4,"1","GenericError","unknown idTag %s",{}]', '[4,"1","GenericError","unknown idTag @",{}]'),
        (
            '[2,"1","DataTransfer",{"vendorId":"v","data":"{\\"idTag\\":\\"%s\\",\\"n\\":1}"}]',
            '[2,"1","DataTransfer",{"vendorId":"v","data":"{\\"idTag\\":\\"@\\",\\"n\\":1}"}]',
        ),
    ],
)
def test_tags_go_wherever_they_stand(raw: str, expected: str) -> None:
    assert REDACTOR.text(raw.replace("%s", TAG)) == expected.replace("@", REDACTOR.tag(TAG))


def test_a_tag_of_another_type_keeps_its_type() -> None:
    redacted = json.loads(REDACTOR.text('[2,"1","Authorize",{"idTag":123456}]'))
    assert isinstance(redacted[3]["idTag"], int)
    assert redacted[3]["idTag"] != 123456
    assert REDACTOR.text('[2,"1","Authorize",{"idTag":null}]') == '[2,"1","Authorize",{"idTag":null}]'


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"00FF00FF"}]',
            '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"********"}]',
        ),
        (
            '[2,"1","ChangeConfiguration",{"value":"00FF00FF","key":"authorizationkey"}]',
            '[2,"1","ChangeConfiguration",{"value":"********","key":"authorizationkey"}]',
        ),
        (
            '[3,"1",{"configurationKey":[{"key":"A","value":"1"},{"key":"AuthorizationKey","readonly":true,"value":"abcd"}]}]',
            '[3,"1",{"configurationKey":[{"key":"A","value":"1"},{"key":"AuthorizationKey","readonly":true,"value":"****"}]}]',
        ),
        (
            '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"00FF',
            '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"****',
        ),
        (
            '[2,"1","UpdateFirmware",{"location":"ftp://user:se%2Fcret@host.example/fw.bin"}]',
            '[2,"1","UpdateFirmware",{"location":"ftp://***@host.example/fw.bin"}]',
        ),
        ('[2,"1","X",{"password":"hunter22"}]', '[2,"1","X",{"password":"********"}]'),
        ("password=hunter22", "password=********"),
        ('[2,"1","X",{"key":"Url","value":"ftp://a:b@c/d"}]', '[2,"1","X",{"key":"Url","value":"ftp://***@c/d"}]'),
    ],
)
def test_keys_and_passwords_are_blanked(raw: str, expected: str) -> None:
    assert REDACTOR.text(raw) == expected


def test_headers() -> None:
    shown = REDACTOR.headers([("Host", "h"), ("Authorization", "Basic QUxBRERJTjpvcGVu"), ("cookie", "a=b"), ("X-A", "1"), ("X-A", "2")])
    assert shown == {"Host": "h", "Authorization": "Basic ***", "cookie": "***", "X-A": "1, 2"}


def test_urls() -> None:
    assert without_credentials("wss://me:secret@csms.example/ocpp") == "wss://***@csms.example/ocpp"


MARK = "SECRET"
tags = st.text(max_size=30).map(lambda text: MARK + text)
plain = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
names = st.text(max_size=8).filter(lambda name: name.casefold() not in {"password", "idtoken", "idtag"})
messages = st.recursive(
    plain | st.fixed_dictionaries({"idTag": tags}, optional={"parentIdTag": tags, "connectorId": st.integers()}),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=20,
)


def _without_tags(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: REDACTOR.tag(part) if name in {"idTag", "parentIdTag"} else _without_tags(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_without_tags(part) for part in value]
    return value


@given(messages, st.booleans())
def test_no_tag_survives_and_all_else_stays(message: Any, ascii_only: bool) -> None:
    raw = json.dumps([2, "1", "X", message], ensure_ascii=ascii_only)
    redacted = REDACTOR.text(raw)
    assert MARK not in redacted
    assert json.loads(redacted) == [2, "1", "X", _without_tags(message)]
    if MARK not in raw:
        assert redacted == raw


@given(messages, st.integers(0, 200))
def test_no_tag_survives_in_a_frame_that_was_cut(message: Any, cut: int) -> None:
    raw = json.dumps([2, "1", "X", message])
    redacted = REDACTOR.text(raw[: len(raw) - cut])
    assert MARK not in redacted


@given(st.text())
def test_any_text_is_taken(text: str) -> None:
    REDACTOR.text(text)


@settings(max_examples=300)
@given(st.text(alphabet=st.sampled_from("iIdD_tTaAgGoOkKeEnNpPsSwWrRuU:/\\\u0130\u0131\u017f\u212a x"), max_size=30))
def test_the_quick_look_sees_what_the_pattern_sees(text: str) -> None:
    assert _is_suspicious(text) == bool(_SUSPICIOUS.search(text))


@pytest.mark.parametrize("word", ["idTag", "ID_TAG", "parentIdTag", "idToken", "AuthorizationKey", "passWord", "://", "\\u0069"])
def test_every_word_that_may_lead_to_a_secret_is_seen(word: str) -> None:
    assert _is_suspicious(f"x{word}y")
    assert _SUSPICIOUS.search(f"x{word}y")


SECRET = "00112233445566778899aabbccddeeff00112233"


def test_a_password_that_is_known_goes_wherever_it_stands_and_is_seen_to_have_been_there() -> None:
    redactor = REDACTOR.of_its_own()
    redactor.conceal(SECRET)
    for told in (SECRET, SECRET.upper(), SECRET[:25]):
        frame = redactor.text(f'[2,"1","BootNotification",{{"chargeBoxSerialNumber":"{told}"}}]')
        shown = json.loads(frame)[3]["chargeBoxSerialNumber"]
        assert shown == "password:".ljust(len(told), "*")
    other = f'[2,"1","BootNotification",{{"chargeBoxSerialNumber":"{SECRET[:15]}"}}]'
    assert redactor.text(other) is other
    assert REDACTOR.text(f'["{SECRET}"]') == f'["{SECRET}"]'
    assert redactor.tag(TAG) == REDACTOR.tag(TAG)


def test_a_short_password_is_no_secret_that_could_be_found() -> None:
    redactor = REDACTOR.of_its_own()
    redactor.conceal("Available")
    assert redactor.text('[2,"1","StatusNotification",{"status":"Available"}]') == '[2,"1","StatusNotification",{"status":"Available"}]'
