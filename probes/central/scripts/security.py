"""Certificates, logs and firmware of the security extension (security white paper, A02, A04, L01, M03 to M05, N01).

Roots and firmware are the audit's own, made for it: nobody else has a use for them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from ocpp.v16.enums import CertificateUse

from probes.adaptors.operations import (
    DeleteCertificate,
    ExtendedTriggerMessage,
    GetInstalledCertificateIds,
    GetLog,
    InstallCertificate,
    SignedUpdateFirmware,
)
from probes.cases.endings import Gone, NoAnswer, NotExercised
from probes.central.audited import SETTLING, AuditedCsms
from probes.central.catalogue import case
from probes.central.doors import needs_profile, needs_security
from probes.central.scripts.files import FIRMWARE, IMAGE, PROFILE, SOON, TRANSFER, comes_to, files, is_overdue
from probes.csms.errands import FirmwarePackage
from probes.judge.frames import Exchange
from probes.pki.certificates import Certificate, common_names, hash_data, organizations, read_chain, read_one, to_pem
from probes.pki.firmware import sign
from probes.pki.issuing import Issuer
from probes.station.trust import CENTRAL, MANUFACTURER
from probes.wire.security import MUTUAL_TLS

NAME = "OCPP-Registry Probe"
"""Whom the certificates of the audit are made out to."""

ROOT_DAYS = 7
ALGORITHMS = ("SHA256", "SHA384", "SHA512")
SIGN = "SignChargePointCertificate"


# --- roots


@case("TC_075_1_CSMS")
async def manufacturers_root(csms: AuditedCsms) -> None:
    """A root of the manufacturer is installed, and asked for."""
    await installs(csms, MANUFACTURER)


@case("TC_075_2_CSMS")
async def central_systems_root(csms: AuditedCsms) -> None:
    """A root of the central system is installed, and asked for."""
    await installs(csms, CENTRAL)


@case("TC_076_CSMS")
async def deletion(csms: AuditedCsms) -> None:
    """A root is installed, told by its hashes, and deleted by them; a program is asked for each algorithm, a person for one."""
    needs_security(csms)
    await csms.online()
    for algorithm in ALGORITHMS[:1] if csms.by_person else ALGORITHMS:
        root = new_root(csms)
        await installed(csms, MANUFACTURER, root)
        told = hash_data(root, root, algorithm).to_wire()
        answer = {"status": "Accepted", "certificateHashData": [told]}
        await csms.wants(GetInstalledCertificateIds(str(MANUFACTURER)), reply=answer)
        await deleted(csms, told, root)


@case("TC_078_CSMS")
async def invalid_root(csms: AuditedCsms) -> None:
    """Our station refuses a root of the central system, and tells the security event."""
    needs_security(csms)
    await csms.online()
    await csms.wants(InstallCertificate(str(CENTRAL), to_pem(new_root(csms))), reply={"status": "Rejected"})
    await tells_event(csms, "InvalidCentralSystemCertificate")
    await csms.settles()


async def installs(csms: AuditedCsms, use: CertificateUse) -> None:
    """Install a root of this kind, ask for it, and delete it again where a program can have that done."""
    needs_security(csms)
    await csms.online()
    root = new_root(csms)
    await installed(csms, use, root)
    await csms.wants(GetInstalledCertificateIds(str(use)))
    if csms.drives("DeleteCertificate"):
        await deleted(csms, hash_data(root, root).to_wire(), root)
    else:
        csms.leave(f"the central system may believe that our station has the root certificate {root.serial_number:x}")


def new_root(csms: AuditedCsms) -> Certificate:
    """A root that counts for some days."""
    return Issuer.new("Root", NAME, csms.clock.now(), days=ROOT_DAYS).certificate


async def installed(csms: AuditedCsms, use: CertificateUse, root: Certificate) -> None:
    """Raises `NotExercised` when our station has not taken it."""
    request = await csms.wants(InstallCertificate(str(use), to_pem(root)))
    if request.status != "Accepted":
        raise NotExercised(f"our station did not take the root certificate ({request.status or request.error_code})")


async def deleted(csms: AuditedCsms, told: dict[str, str], root: Certificate) -> None:
    """What cannot be deleted is told."""
    try:
        await csms.wants(DeleteCertificate(told))
    except (Gone, NoAnswer, NotExercised):
        csms.leave(f"the central system may believe that our station has the root certificate {root.serial_number:x}")
        raise


async def tells_event(csms: AuditedCsms, kind: str) -> None:
    """The security event, as our station would tell it."""
    station = await csms.online()
    await csms.says("SecurityEventNotification", {"type": kind, "timestamp": station.timestamp()})


# --- the certificate of our station


@case("TC_074_CSMS")
async def new_certificate(csms: AuditedCsms) -> None:
    """A certificate for our station is signed, and our station comes with it."""
    signed = await certificate_for(csms)
    if signed.status != "Accepted":
        raise NotExercised(
            "our station did not find the certificate good: it must lead to an authority of --ca, and be made out as asked for"
        )
    for certificate in read_chain(str(signed.payload.get("certificateChain")))[:1]:
        ends = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
        csms.leave(f"the certificate {certificate.serial_number:x} that was signed for our station counts until {ends}")
    await csms.until(lambda: csms.ended_since(signed.call.seq), csms.owed + 2 * SETTLING)
    await csms.online()


@case("TC_077_CSMS")
async def invalid_certificate(csms: AuditedCsms) -> None:
    """Our station refuses the certificate that was signed for it, and tells the security event."""
    await certificate_for(csms, reply={"status": "Rejected"})
    await tells_event(csms, "InvalidChargePointCertificate")
    await csms.settles()


async def certificate_for(csms: AuditedCsms, reply: dict[str, Any] | None = None) -> Exchange:
    """The CertificateSigned that comes of a request of our station, with our station's answer, or `reply`. Raises `NotExercised`."""
    security = needs_profile(csms, MUTUAL_TLS)
    await _names_its_owner(csms, security.key_pair[0].read_text(encoding="ascii") if security.key_pair else "")
    if reply is not None:
        csms.answers("CertificateSigned", reply)
    # It must not go before it can be seen whether its request is answered at all.
    csms.station.security.lingers = csms.owed + SETTLING
    request = await csms.wants(ExtendedTriggerMessage(SIGN))
    try:
        asked = await csms.told("SignCertificate", since=request.call.seq)
    except NoAnswer:
        await is_overdue(csms)
        await csms.offline()
        raise
    csms.station.security.lingers = SETTLING
    if asked.status != "Accepted":
        raise NotExercised(f"the request for a certificate was answered {asked.status or asked.error_code}")

    def signed() -> Exchange | None:
        came = (each for each in csms.exchanges(asked.call.seq) if each.from_csms and each.action == "CertificateSigned")
        return next((each for each in came if each.reply is not None), None)

    await csms.until(lambda: signed() is not None, csms.patience.person if csms.by_person else TRANSFER)
    found = signed()
    if found is None:
        raise NotExercised("the request for a certificate was Accepted, and no certificate came")
    return found


async def _names_its_owner(csms: AuditedCsms, pem: str) -> None:
    """Our station asks for a certificate with the names that its own one has (A02.FR.13, A00.FR.405)."""
    own = read_one(pem)
    owner, name = next(iter(organizations(own)), None), next(iter(common_names(own)), None)
    station = await csms.online()
    keys = {"CpoName": owner} if owner and owner != station.security.cpo_name else {}
    serial = {"serial_number": name[:25]} if name and name != station.security.serial_number else {}
    if keys or serial:
        await csms.fresh(keys=keys, **serial)


# --- logs and firmware


@case("TC_079_CSMS")
async def security_log(csms: AuditedCsms) -> None:
    """The security log is put where it is wanted."""
    needs_security(csms)
    with files(csms) as house:
        request = await csms.wants(GetLog("SecurityLog", house.inbox(csms.identity).location))
        await comes_to(csms, "LogStatusNotification", "Uploaded", request)


@case("TC_080_CSMS")
async def signed_firmware(csms: AuditedCsms) -> None:
    """Firmware with a right signature is installed."""
    package = firmware_for(csms)
    with files(csms) as house:
        request = await updates(csms, package, house.offer(package.name, package.image).location)
        await comes_to(csms, "SignedFirmwareStatusNotification", "Installed", request)
        await csms.sent("SecurityEventNotification", since=request.call.seq, where=lambda told: told.get("type") == "FirmwareUpdated")
        await csms.online()


@case("TC_081_CSMS")
async def wrong_signature(csms: AuditedCsms) -> None:
    """The signature is one of something else."""
    package = firmware_for(csms)
    with files(csms) as house:
        request = await updates(csms, package, house.offer(package.name, package.image + b"and more").location)
        await comes_to(csms, "SignedFirmwareStatusNotification", "InvalidSignature", request)


def firmware_for(csms: AuditedCsms) -> FirmwarePackage:
    """What was given to the audit, or what a maker has signed who was made up for it; the certificate is followed by the maker's root."""
    if csms.firmware is not None:
        return csms.firmware
    now, key = csms.clock.now(), rsa.generate_private_key(65537, 2048)
    maker = Issuer.new("Maker", NAME, now, "RSA", days=ROOT_DAYS)
    certificate = maker.issue("Firmware", NAME, key.public_key(), now, timedelta(days=ROOT_DAYS))
    return FirmwarePackage(FIRMWARE, IMAGE, to_pem(certificate, maker.certificate), sign(IMAGE, key))


async def updates(csms: AuditedCsms, package: FirmwarePackage, location: str) -> Exchange:
    """An update with this signature from there; our station trusts the maker."""
    needs_security(csms)
    csms.needs_profile(PROFILE)
    station = await csms.online()
    signer, *roots = read_chain(package.certificate)
    station.security.trust.install(MANUFACTURER, to_pem((roots or [signer])[-1]), station.registration.now())
    when = csms.moment(station.registration.now(), SOON)
    return await csms.wants(SignedUpdateFirmware(location, when, to_pem(signer), package.signature))
