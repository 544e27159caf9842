"""Cases of the security extension: passwords, security profiles, certificates. What a station shows when it comes is watched for.

Nothing here may lock a station out: the password that the audit gives it is derived from its own, roots are added and never replaced, and
what cannot be undone is done in a laboratory alone.
"""

from __future__ import annotations

from datetime import timedelta

from probes.cases.catalogue import case, watched
from probes.cases.changes import PASSWORD_KEY
from probes.cases.credentials import comes_back_anew, needs_password, needs_profile, needs_security, note_credentials, payload_of
from probes.cases.endings import NotExercised
from probes.cases.requests import accepted
from probes.cases.station import AuditedStation
from probes.csms.audit_password import Shown
from probes.judge.frames import Exchange
from probes.judge.installed import entries, listed
from probes.judge.rules.credentials import EVENT_SECONDS, REQUEST_SECONDS
from probes.judge.rules.root_certificates import CENTRAL, MANUFACTURER
from probes.pki.certificates import Certificate, to_pem
from probes.pki.issuing import Issuer
from probes.pki.requests import NoRequest, new_key, read_request
from probes.wire.security import BASIC, MUTUAL_TLS, TLS_BASIC

ORGANIZATION = "ocpp-registry audit"

ROOT_DAYS = 7
"""How long a root of the audit counts: should it stay behind, it is soon worth nothing."""

EXPIRED_BEFORE = timedelta(days=3650)

KINDS = ("EC", "RSA")
"""Of keys: a station need know only one of them (A00.FR.318)."""

watched("TC_085_CS", "TC_086_CS", "TC_087_CS")


# --- the password


@case("TC_073_CS")
async def update_password(station: AuditedStation) -> None:
    """Update Charge Point Password for HTTP Basic Authentication: the station comes with a new one; restoring gives it back its own."""
    needs_security(station)
    password = needs_password(station)
    await station.settle()
    station.needs_no_transaction()
    answer = await station.change_configuration(PASSWORD_KEY, str(password.successor))
    if accepted(answer):
        await comes_back_anew(station)
        note_credentials(station, Shown.AUDITS)


# --- security profiles


@case("TC_083_CS")
async def upgrade_profile(station: AuditedStation) -> None:
    """Upgrade security profile, by one. There is no way back."""
    needs_security(station)
    profile = needs_profile(station, BASIC, TLS_BASIC)
    if profile + 1 not in station.csms.urls:
        raise NotExercised(f"needs a door with security profile {profile + 1} to which the station can come (--door {profile + 1}=PORT)")
    await station.settle()
    station.needs_no_transaction()
    await _needs_told_profile(station, profile)
    answer = await station.change_configuration("SecurityProfile", str(profile + 1))
    if accepted(answer):
        station.changed.append(f"the security profile was raised from {profile} to {profile + 1}, which cannot be undone over OCPP")
        await comes_back_anew(station)


@case("TC_084_CS")
async def downgrade_profile(station: AuditedStation) -> None:
    """Downgrade security profile - Rejected."""
    needs_security(station)
    profile = needs_profile(station, TLS_BASIC, MUTUAL_TLS)
    await _needs_told_profile(station, profile)
    await station.change_configuration("SecurityProfile", str(profile - 1))


async def _needs_told_profile(station: AuditedStation, profile: int) -> None:
    await station.get_configuration(["SecurityProfile"])
    reading = station.shadow.configuration.get("securityprofile")
    if reading is None or reading.value != str(profile):
        told = "nothing" if reading is None else reading.value
        raise NotExercised(f"the station came with security profile {profile}, and its SecurityProfile reads {told}")


# --- the station's certificate


@case("TC_074_CS")
async def update_certificate(station: AuditedStation) -> None:
    """Update Charge Point Certificate by request of Central System, signed by the authority that the laboratory has."""
    needs_security(station)
    needs_profile(station, MUTUAL_TLS)
    authority = station.authority
    if authority is None:
        raise NotExercised("needs the authority that signs the stations' certificates (--authority, --organization)")
    await station.settle()
    station.needs_no_transaction()
    await _reads(station, "CpoName")
    request = await _asked_for(station)
    if request is None:
        return
    try:
        signed = authority.sign(str(request.payload.get("csr")), station.link.state.serial_number or station.link.identity)
    except NoRequest as problem:
        raise NotExercised(f"the authority does not sign that request: it {problem}") from problem
    answer = await station.certificate_signed(signed.chain)
    if accepted(answer):
        station.changed.append(f"the station has the new certificate {signed.serial_number}, signed by the authority of this audit")
        await comes_back_anew(station)


@case("TC_077_CS")
async def invalid_certificate(station: AuditedStation) -> None:
    """Invalid ChargePointCertificate Security Event: what is handed over has expired, and is of nobody whom the station trusts."""
    needs_security(station)
    await station.settle()
    station.needs_no_transaction()
    request, since = await _asked_for(station), station.transcript.seq
    then = station.clock.now() - EXPIRED_BEFORE
    issuer = Issuer.new("Nobody", ORGANIZATION, then, days=2)
    key = _key_of(request)
    certificate = issuer.issue(station.link.identity, ORGANIZATION, key, then, timedelta(days=1))
    answer = await station.certificate_signed(to_pem(certificate))
    if answer.kind == "result" and not accepted(answer):
        await _told(station, "InvalidChargePointCertificate", since)


async def _asked_for(station: AuditedStation) -> Exchange | None:
    """The station's request for a certificate; it is accepted, and signed by nobody but the case."""
    station.steering.takes_requests, since = True, station.transcript.seq
    answer = await station.extended_trigger_message("SignChargePointCertificate")
    return await station.called("SignCertificate", REQUEST_SECONDS + 1, since=since) if accepted(answer) else None


def _key_of(request: Exchange | None) -> object:
    """The key that is to be certified; where there is no request that can be read, some key."""
    try:
        return read_request(str(request.payload.get("csr"))).public_key() if request is not None else new_key().public_key()
    except NoRequest:
        return new_key().public_key()


async def _told(station: AuditedStation, event: str, since: int) -> None:
    await station.called("SecurityEventNotification", EVENT_SECONDS + 1, since=since, where=lambda payload: payload.get("type") == event)


# --- roots


@case("TC_075_1_CS")
async def install_manufacturer_root(station: AuditedStation) -> None:
    """Install a certificate on the Charge Point - ManufacturerRootCertificate."""
    needs_security(station)
    await _installed(station, MANUFACTURER)


@case("TC_075_2_CS")
async def install_central_system_root(station: AuditedStation) -> None:
    """Install a certificate on the Charge Point - CentralSystemRootCertificate, beside the one that is in use."""
    needs_security(station)
    await _needs_addition(station)
    await _installed(station, CENTRAL)


@case("TC_076_CS")
async def delete_root(station: AuditedStation) -> None:
    """Delete a specific certificate from the Charge Point: the audit's own."""
    needs_security(station)
    await _needs_addition(station)
    root = await _installed(station, CENTRAL)
    if root is None:
        raise NotExercised("needs a root certificate of the audit to delete, and none could be installed")
    told = listed(payload_of(await station.get_installed_certificate_ids(CENTRAL)), root)
    if told is None:
        raise NotExercised("the root certificate that was accepted is not listed, so it cannot be named")
    await station.delete_certificate(told)
    await station.get_installed_certificate_ids(CENTRAL)


@case("TC_078_CS")
async def invalid_root(station: AuditedStation) -> None:
    """Invalid CentralSystemCertificate Security Event: the root to install has expired."""
    needs_security(station)
    await _needs_addition(station)
    await _needs_room(station)
    since = station.transcript.seq
    root = Issuer.new("Expired", ORGANIZATION, station.clock.now() - EXPIRED_BEFORE, days=1).certificate
    answer = await station.install_certificate(CENTRAL, to_pem(root))
    if answer.kind == "result" and not accepted(answer):
        await _told(station, "InvalidCentralSystemCertificate", since)


async def _needs_addition(station: AuditedStation) -> None:
    """With AdditionalRootCertificateCheck a new root takes the place of the one in use (M05.FR.09): that is never tried."""
    value = await _reads(station, "AdditionalRootCertificateCheck")
    if (value or "false").strip().casefold() != "false":
        raise NotExercised("AdditionalRootCertificateCheck is on: a new root would take the place of the one that the station needs")


async def _reads(station: AuditedStation, key: str) -> str | None:
    if key.casefold() not in station.shadow.configuration:
        await station.get_configuration([key])
    reading = station.shadow.configuration.get(key.casefold())
    return reading.value if reading is not None else None


async def _needs_room(station: AuditedStation) -> None:
    """A full store refuses whatever comes (M05.FR.03)."""
    limit = (await _reads(station, "CertificateStoreMaxLength") or "").strip()
    lists = [payload_of(await station.get_installed_certificate_ids(kind)) for kind in (CENTRAL, MANUFACTURER)]
    count = sum(len(entries(payload)) for payload in lists)
    if limit.isascii() and limit.isdigit() and count >= int(limit):
        raise NotExercised(
            f"{count} root certificates are installed, and CertificateStoreMaxLength is {limit}: there is no room for another"
        )


async def _installed(station: AuditedStation, kind: str) -> Certificate | None:
    """A root of the audit, installed and looked for; None: no kind of key was taken."""
    await _needs_room(station)
    before = entries(payload_of(await station.get_installed_certificate_ids(kind)))
    for key in KINDS:
        issued = Issuer.new("Root", ORGANIZATION, station.clock.now(), key, ROOT_DAYS).certificate
        answer = await station.install_certificate(kind, to_pem(issued))
        if not accepted(answer):
            continue
        after = entries(payload_of(await station.get_installed_certificate_ids(kind)))
        lost = [entry for entry in before if entry not in after]
        if lost and after:
            station.changed.append(
                f"{len(lost)} root certificates are not listed any more since another was added: install them again at once"
            )
        return issued
    return None
