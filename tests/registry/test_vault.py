"""Secrets at rest: sealed, opened, with keys that change; and what is withheld from those whom it does not concern."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from registry.audits import store
from registry.audits.withheld import WITHHELD, is_address, without_address
from registry.errors import CannotBegin
from registry.vault import KEY_FILE, KEYS_VARIABLE, Vault

SECRET = "the password of a station, with ümlauts and 日本語"


def test_what_is_sealed_is_opened_again_and_says_nothing_itself(tmp_path: Path) -> None:
    vault = Vault(tmp_path, {})
    sealed, again = vault.seal(SECRET), vault.seal(SECRET)
    assert sealed != again
    assert SECRET not in sealed
    assert Vault(tmp_path, {}).open(sealed) == vault.open(again) == SECRET
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_processes_that_start_at_once_make_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as many:
        sealed = list(many.map(lambda _number: Vault(tmp_path, {}).seal(SECRET), range(8)))
    assert {Vault(tmp_path, {}).open(one) for one in sealed} == {SECRET}
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_a_key_is_changed_by_putting_another_first(tmp_path: Path) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    before = Vault(tmp_path, {KEYS_VARIABLE: old}).seal(SECRET)
    both = Vault(tmp_path, {KEYS_VARIABLE: f"{new} {old}"})
    after = both.seal(SECRET)
    assert both.open(before) == both.open(after) == SECRET
    assert Vault(tmp_path, {KEYS_VARIABLE: new}).open(after) == SECRET
    with pytest.raises(CannotBegin, match=f"not in {KEYS_VARIABLE}: put the key back"):
        Vault(tmp_path, {KEYS_VARIABLE: new}).open(before)
    assert not (tmp_path / KEY_FILE).exists(), "keys from the environment are kept nowhere"


@pytest.mark.parametrize("altered", ["x", "", "sealed-1", "sealed-1:00000000:x", "sealed-2:{name}:{token}", "sealed-1:{name}:A{token}"])
def test_what_was_altered_is_one_line(altered: str, tmp_path: Path) -> None:
    vault = Vault(tmp_path, {})
    _, name, token = vault.seal(SECRET).split(":")
    with pytest.raises(CannotBegin) as caught:
        vault.open(altered.format(name=name, token=token))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["", "short", "x" * 44])
def test_a_file_without_a_key_is_one_line(content: str, tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text(content)
    with pytest.raises(CannotBegin, match=KEY_FILE):
        Vault(tmp_path, {}).seal(SECRET)


def test_what_an_audit_is_given_stands_nowhere_in_the_database(session_factory: sessionmaker[Session]) -> None:
    tags = {"04A1B2C3D4E5F6": "valid"}
    with session_factory.begin() as session:
        given = {"identity": "OUR-STATION-77"}
        audit_id = store.request(session, "wss://csms.example/ocpp", "OCA.0016.0001.CSMS", store.CENTRAL_MODE, given=given, id_tags=tags)
    with session_factory() as session:
        kept = str(session.execute(text("SELECT given, id_tags FROM audit")).one())
        seen = store.view(session, audit_id)
    assert seen is not None
    assert (seen.given, dict(seen.id_tags)) == (given, tags)
    for secret in ("04A1B2C3D4E5F6", "OUR-STATION-77"):
        assert secret not in kept
    assert kept.count("sealed-1") == 2


def test_every_mention_of_an_address_is_withheld() -> None:
    address = "wss://csms.example.com:8443/ocpp"
    told = {
        "device": {"id": address},
        "lines": [f"Connecting to {address}/P", "csms.example.com refused", "csms.example.com:8443: no route", "ocpp is spoken"],
        "frames": (1, 2),
        "none": None,
    }
    shown = without_address(told, address)
    assert shown["device"] == {"id": WITHHELD}
    assert shown["lines"] == [f"Connecting to {WITHHELD}/P", f"{WITHHELD} refused", f"{WITHHELD}: no route", "ocpp is spoken"]
    assert (shown["frames"], shown["none"]) == ((1, 2), None)
    assert without_address(told, "CP-1") is told
    assert not is_address("CP-1")
    assert without_address(["ocpp and ws://ocpp/x"], "ws://ocpp/x") == [f"ocpp and {WITHHELD}"], "a bare word stands for other things too"
