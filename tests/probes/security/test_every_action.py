"""Every action of the security white paper between our station and our CSMS over mutual TLS, every payload as its schema says."""

from __future__ import annotations

import json
from pathlib import Path

from probes.csms.errands import FirmwarePackage, fetch_log, install_firmware, renew_certificate
from probes.pki.certificates import hash_data, to_pem
from probes.pki.firmware import sign
from probes.pki.issuing import Issuer
from probes.wire.records import Frame, MessageType
from probes.wire.schemas import violations
from tests.probes.security.setting import MAKER, NOW, SIGNED_BY, SIGNER, Operator, secured

ACTIONS = {
    "CertificateSigned",
    "DeleteCertificate",
    "ExtendedTriggerMessage",
    "GetInstalledCertificateIds",
    "GetLog",
    "InstallCertificate",
    "LogStatusNotification",
    "SecurityEventNotification",
    "SignCertificate",
    "SignedFirmwareStatusNotification",
    "SignedUpdateFirmware",
}
"""Chapter 5."""


async def test_every_action_is_exchanged_and_as_its_schema_says(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    shown = operator.shown(3, key_pair=operator.station_pair())
    async with secured(
        tmp_path, door=operator.door(3), shown=shown, authority=operator.authority, schemes=("https", "ftps"), key_pair=operator.pair
    ) as both:
        link = await both.link()
        other = Issuer.new("Other", "Operator", NOW)
        await both.ask.install_certificate("ManufacturerRootCertificate", to_pem(MAKER.certificate))
        await both.ask.install_certificate("CentralSystemRootCertificate", to_pem(other.certificate))
        await both.ask.get_installed_certificate_ids("CentralSystemRootCertificate")
        await both.ask.delete_certificate(hash_data(other.certificate, other.certificate).to_wire())
        assert await fetch_log(both.csms, "CP1", scheme="https")
        assert await renew_certificate(both.csms, "CP1")
        await both.again(link, 3)
        package = FirmwarePackage("firmware.bin", b"image", to_pem(SIGNED_BY), sign(b"image", SIGNER))
        assert await install_firmware(both.csms, "CP1", package, scheme="ftps") == "Installed"
        await both.event("FirmwareUpdated")
        records = [record for record in both.csms.transcript("CP1").records if isinstance(record, Frame)]
    calls = {record.message_id: record for record in records if record.message_type is MessageType.CALL}
    answered = set()
    for record in records:
        message = json.loads(record.raw)
        assert record.message_type is not MessageType.CALLERROR, record.raw
        if record.message_type is MessageType.CALL:
            assert violations(str(record.action), False, message[3]) == [], record.raw
        else:
            action = str(calls[record.message_id].action)
            assert violations(action, True, message[2]) == [], record.raw
            answered.add(action)
    assert answered >= ACTIONS
