"""Short scenes in which a station's faults can be seen."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from probes.pki.certificates import hash_data, to_pem
from probes.pki.firmware import sign
from probes.pki.issuing import Issuer
from tests.probes.doubles import BEGINNING
from tests.probes.faults.rig import IMAGE, PATIENCE, Rig

START = "2026-01-01T00:00:00Z"


def profile(number: int = 1, purpose: str = "TxDefaultProfile", limit: float = 6.0, **changes: Any) -> dict[str, Any]:
    """A charging profile in ampere."""
    schedule = {"startSchedule": START, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}]}
    return {
        "chargingProfileId": number,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": schedule,
    } | changes


async def boot(rig: Rig) -> None:
    """The station comes up, and lives for a heartbeat."""
    await rig.wait(301)


async def configuration(rig: Rig) -> None:
    """Keys are read and changed, rightly and wrongly, and read again after a reset."""
    await rig.ask("GetConfiguration")
    await rig.ask("GetConfiguration", key=["Nonsense", "AuthorizationKey"])
    await rig.ask("ChangeConfiguration", key="Nonsense", value="1")
    await rig.ask("ChangeConfiguration", key="ConnectionTimeOut", value="-1")
    await rig.ask("ChangeConfiguration", key="AuthorizationKey", value="fedcba9876543210fedc")
    await rig.ask("ChangeConfiguration", key="ConnectionTimeOut", value="77")
    await rig.ask("GetConfiguration", key=["ConnectionTimeOut"])
    await rig.ask("Reset", type="Soft")
    await rig.wait(20)
    await rig.ask("GetConfiguration", key=["ConnectionTimeOut"])


async def odd_calls(rig: Rig) -> None:
    """Calls that a station has no, or no good, answer to."""
    await rig.ask("DataTransfer", vendorId="anybody")
    await rig.ask("GetConfiguration")
    await rig.raw('[2,"odd-1","MakeCoffee",{}]')
    await rig.raw('[2,"odd-2","UnlockConnector",{"connectorId":"one"}]')
    await rig.raw('[2,"odd-3","UnlockConnector",{}]')
    await rig.ask("ReserveNow", connectorId=1, idTag="GOOD", reservationId=1, expiryDate="2026-01-02T00:00:00Z")
    await rig.wait(20)


async def session(rig: Rig) -> None:
    """Plug, tag, three samples, another tag, a remote stop, unplug."""
    number = await rig.charge()
    await rig.wait(185)
    await rig.do("tag", id_tag="OTHER")
    await rig.ask("RemoteStartTransaction", idTag="OTHER", connectorId=1)
    await rig.ask("RemoteStopTransaction", transactionId=number)
    await rig.wait(PATIENCE)
    await rig.do("unplug")
    await rig.wait(PATIENCE)


async def remote(rig: Rig) -> None:
    """Remote starts: on no connector, with the cable too late, with the cable; stops of what there is and what there is not."""
    await rig.ask("RemoteStartTransaction", idTag="GOOD", connectorId=0)
    await rig.ask("RemoteStartTransaction", idTag="GOOD", connectorId=1)
    await rig.wait(40)
    await rig.do("plug", connector=2)
    await rig.ask("RemoteStartTransaction", idTag="OTHER", connectorId=2)
    await rig.wait(PATIENCE)
    await rig.ask("RemoteStopTransaction", transactionId=4711)
    await rig.ask("UnlockConnector", connectorId=9)
    await rig.ask("UnlockConnector", connectorId=2)
    await rig.wait(PATIENCE)


async def pulled(rig: Rig) -> None:
    """The cable is pulled during a transaction."""
    await rig.charge()
    await rig.do("unplug")
    await rig.wait(40)


async def bad_tag(rig: Rig) -> None:
    """A tag that may not charge, online and, where nobody can be asked, offline."""
    await rig.charge(1, "BAD")
    await rig.do("unplug")
    await rig.do("network-cut")
    await rig.do("plug", connector=2)
    await rig.do("tag", connector=2, id_tag="WORSE")
    await rig.do("network-on")
    await rig.wait(20)


async def offline(rig: Rig) -> None:
    """A whole transaction while there is no network."""
    await rig.do("network-cut")
    await rig.charge()
    await rig.wait(100)
    await rig.do("unplug")
    await rig.wait(100)
    await rig.do("network-on")
    await rig.wait(20)


async def reset(rig: Rig) -> None:
    """A reset with a connector out of order and a car that charges on the other."""
    await rig.charge()
    await rig.ask("ChangeAvailability", connectorId=1, type="Inoperative")
    await rig.ask("ChangeAvailability", connectorId=1, type="Operative")
    await rig.ask("ChangeAvailability", connectorId=2, type="Inoperative")
    await rig.ask("Reset", type="Soft")
    await rig.wait(20)


async def power(rig: Rig) -> None:
    """The power goes while a car charges, and comes back."""
    await rig.charge()
    await rig.do("power-cut")
    await rig.wait(50)
    await rig.do("power-on")
    await rig.wait(20)


async def broken(rig: Rig) -> None:
    """A connector breaks."""
    await rig.do("fault", error="GroundFailure")


async def cached_tag(rig: Rig) -> None:
    """A tag comes, the cache is cleared, the tag comes again."""
    for _ in range(2):
        await rig.charge()
        await rig.do("tag", id_tag="GOOD")
        await rig.do("unplug")
        await rig.wait(PATIENCE)
        await rig.ask("ClearCache")


async def local_list(rig: Rig) -> None:
    """A list, an older one, none, one again; a tag of it comes; a reset."""
    entry = {"idTag": "LISTED", "idTagInfo": {"status": "Accepted"}}
    await rig.ask("GetLocalListVersion")
    await rig.ask("SendLocalList", listVersion=5, updateType="Full", localAuthorizationList=[entry])
    await rig.ask("GetLocalListVersion")
    await rig.ask("SendLocalList", listVersion=3, updateType="Differential")
    await rig.charge(1, "LISTED")
    await rig.do("tag", id_tag="LISTED")
    await rig.ask("Reset", type="Soft")
    await rig.wait(20)
    await rig.ask("GetLocalListVersion")


async def reservation(rig: Rig) -> None:
    """Reserved and used, by the right tag and another; cancelled, wrongly and rightly; where nothing can be reserved."""
    later = "2026-01-02T00:00:00Z"
    await rig.ask("ReserveNow", connectorId=1, idTag="GOOD", reservationId=11, expiryDate=later)
    await rig.charge(1, "OTHER")
    await rig.do("tag", id_tag="OTHER")
    await rig.do("unplug")
    await rig.charge(1, "GOOD")
    await rig.ask("ReserveNow", connectorId=1, idTag="GOOD", reservationId=12, expiryDate=later)
    await rig.ask("CancelReservation", reservationId=99)
    await rig.ask("ReserveNow", connectorId=2, idTag="GOOD", reservationId=13, expiryDate=later)
    await rig.ask("CancelReservation", reservationId=13)
    await rig.rest()
    await rig.ask("ChangeAvailability", connectorId=2, type="Inoperative")
    await rig.ask("ReserveNow", connectorId=2, idTag="GOOD", reservationId=14, expiryDate=later)


async def reserved_for_a_while(rig: Rig) -> None:
    """A reservation that expires, and one that a reset comes upon."""
    await rig.ask("ReserveNow", connectorId=1, idTag="GOOD", reservationId=21, expiryDate="2026-01-01T00:02:00Z")
    await rig.wait(200)
    await rig.ask("ReserveNow", connectorId=2, idTag="GOOD", reservationId=22, expiryDate="2026-01-02T00:00:00Z")
    await rig.ask("Reset", type="Soft")
    await rig.wait(20)
    await rig.ask("CancelReservation", reservationId=22)


async def smart(rig: Rig) -> None:
    """Profiles that can be and that cannot, what they come to, what flows, what is left after clearing and after a reset."""
    await rig.ask("SetChargingProfile", connectorId=1, csChargingProfiles=profile(9, "TxProfile"))
    await rig.ask("SetChargingProfile", connectorId=7, csChargingProfiles=profile(8))
    await rig.ask("SetChargingProfile", connectorId=1, csChargingProfiles=profile(1, limit=6.0))
    await rig.ask("SetChargingProfile", connectorId=2, csChargingProfiles=profile(2, limit=7.0))
    await rig.ask("GetCompositeSchedule", connectorId=1, duration=600, chargingRateUnit="A")
    await rig.charge()
    await rig.wait(70)
    await rig.ask("ClearChargingProfile", id=77)
    await rig.ask("ClearChargingProfile", id=1)
    await rig.ask("GetCompositeSchedule", connectorId=1, duration=600, chargingRateUnit="A")
    await rig.ask("Reset", type="Soft")
    await rig.wait(20)
    await rig.ask("GetCompositeSchedule", connectorId=2, duration=600, chargingRateUnit="A")


async def files(rig: Rig) -> None:
    """Diagnostics and firmware, there and missing."""
    for place in ("http://files/", "http://missing/"):
        await rig.ask("GetDiagnostics", location=place)
        await rig.wait(20)
    for place in ("http://missing/f", "http://files/f"):
        await rig.ask("UpdateFirmware", location=place, retrieveDate=START)
        await rig.wait(20)


async def trigger(rig: Rig) -> None:
    """Every message that can be triggered, one for a connector that there is not, one that OCPP does not have."""
    await rig.ask("TriggerMessage", requestedMessage="Heartbeat")
    await rig.wait(1)
    await rig.ask("TriggerMessage", requestedMessage="StatusNotification", connectorId=2)
    await rig.wait(1)
    await rig.ask("TriggerMessage", requestedMessage="MeterValues", connectorId=1)
    await rig.wait(1)
    await rig.ask("TriggerMessage", requestedMessage="MeterValues", connectorId=9)
    await rig.raw(json.dumps([2, "odd", "TriggerMessage", {"requestedMessage": "Weather"}]))
    await rig.wait(1)


@cache
def keys() -> tuple[Issuer, Issuer, rsa.RSAPrivateKey, str]:
    """A root of the CSMS, one of the manufacturer, a key that signs firmware, and its certificate."""
    root, maker = Issuer.new("Root", "Operator", BEGINNING), Issuer.new("Maker", "Maker", BEGINNING, "RSA")
    signer = rsa.generate_private_key(65537, 2048)
    return root, maker, signer, to_pem(maker.issue("Firmware", "Maker", signer.public_key(), BEGINNING, timedelta(days=30)))


async def security(rig: Rig) -> None:
    """Roots, a log, a new certificate, signed firmware: each rightly and wrongly."""
    root, maker, signer, signed_by = keys()
    central = "CentralSystemRootCertificate"
    await rig.ask("InstallCertificate", certificateType=central, certificate="none")
    await rig.ask("InstallCertificate", certificateType=central, certificate=to_pem(root.certificate))
    await rig.ask("GetInstalledCertificateIds", certificateType=central)
    about = hash_data(root.certificate, root.certificate).to_wire()
    await rig.ask("DeleteCertificate", certificateHashData=about)
    await rig.ask("GetInstalledCertificateIds", certificateType=central)
    await rig.ask("GetLog", logType="SecurityLog", requestId=7, log={"remoteLocation": "http://files/"})
    await rig.wait(PATIENCE)
    await rig.ask("ExtendedTriggerMessage", requestedMessage="SignChargePointCertificate")
    await rig.wait(PATIENCE)
    await rig.ask("CertificateSigned", certificateChain="none")
    await rig.ask("InstallCertificate", certificateType="ManufacturerRootCertificate", certificate=to_pem(maker.certificate))
    for certificate, signature in (("none", "none"), (signed_by, sign(b"another", signer)), (signed_by, sign(IMAGE, signer))):
        firmware = {"location": "http://files/f", "retrieveDateTime": START, "signingCertificate": certificate, "signature": signature}
        await rig.ask("SignedUpdateFirmware", requestId=9, firmware=firmware)
        await rig.wait(20)
