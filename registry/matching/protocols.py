"""The version of OCPP that a device is said to speak, against that of a certificate: pure.

What devices speak is kept as `registry.spreadsheets.protocols.spoken` gives it: "OCPP 1.6", "OCPP 1.6 SOAP", "OCPP 1.6, OCPP 2.0.1".
"""

from __future__ import annotations

from registry.matching.model import Certified, Device, Reason
from registry.matching.names import Same, text
from registry.sentences import KeptSentence

_SOAP = " soap"
_SHORTENED = ("ocpp 2.0", "ocpp 2.0.1")
"""The first is often written for the second, and is another version."""


def same_protocol(certified: str, spoken: str) -> Same:
    """Whether a device that is said to speak `spoken` speaks what was certified.

    Unclear where it is said to speak several, or over SOAP: which transport was certified is not looked at here.
    """
    found = {_same(text(certified), text(one)) for one in spoken.split(",")}
    return found.pop() if len(found) == 1 else Same.UNCLEAR


def _same(certified: str, spoken: str) -> Same:
    if certified == spoken:
        return Same.YES
    if certified == spoken.removesuffix(_SOAP) or {certified, spoken} == set(_SHORTENED):
        return Same.UNCLEAR
    return Same.NO


def unclear(device: Device, one: Certified) -> Reason:
    """Whether the device speaks what was certified cannot be told."""
    spoken = device.protocol or ""
    values = {"certificate_words": one.name, "protocol": one.protocol, "spoken": spoken}
    if "," in spoken:
        sentence = KeptSentence(
            "%(certificate_words)s is for %(protocol)s, and the device is said to speak %(spoken)s: write the one with which it connects.",
            **values,
        )
    elif text(spoken).endswith(_SOAP):
        sentence = KeptSentence(
            "%(certificate_words)s is for %(protocol)s, and the device is said to speak %(spoken)s: whether that was certified over SOAP "
            "cannot be told. If it connects over a WebSocket, write 1.6J; else ask the vendor.",
            **values,
        )
    else:
        sentence = KeptSentence(
            "%(certificate_words)s is for %(protocol)s, and the device is said to speak %(spoken)s: OCPP 2.0 and OCPP 2.0.1 are two "
            "versions, and one is often written for the other. If it is the certified one, write it so.",
            **values,
        )
    return Reason("protocol-unclear", "protocol", sentence, one.number, one.revision)
