"""Certificates and signatures are the same however their lines end."""

from __future__ import annotations

import pytest

from probes.judge.central.fitting import contradicting, differing

PEM = "-----BEGIN CERTIFICATE-----\n" + "\n".join(["MIIB" * 16] * 4) + "\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize("found", [PEM.strip(), PEM.replace("\n", "\r\n"), PEM.replace("\n", ""), PEM.replace("\n", " ")])
def test_the_same_certificate(found: str) -> None:
    assert differing({"certificate": PEM}, {"certificate": found}) == ()
    assert contradicting({"certificate": PEM}, {"certificate": found}) == ()


@pytest.mark.parametrize("found", [PEM.replace("MIIB", "MIIC", 1), "", PEM + PEM, PEM.replace("\n", "\\n")])
def test_another_one(found: str) -> None:
    assert contradicting({"certificate": PEM}, {"certificate": found}) == ("certificate",)


def test_short_texts_are_taken_by_the_letter() -> None:
    assert contradicting({"value": "a b"}, {"value": "ab"}) == ("value",)
