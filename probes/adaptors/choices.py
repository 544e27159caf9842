"""What OCPP has the management system choose in a request that an audit wants, and that a request cannot be without. Pure.

An API that takes an OCPP request as it is passes it on as it is: what is missing in it would be missing on the wire, by nobody's fault but
that of whoever asked. So it is chosen here, unless an adaptor file chooses otherwise. An API that chooses by itself is not bound by it.
"""

from __future__ import annotations

from collections.abc import Mapping

CHOICES: Mapping[str, Mapping[tuple[str, ...], str]] = {
    "ReserveNow": {("reservationId",): "serial"},
    "SendLocalList": {("listVersion",): "serial"},
    "RemoteStartTransaction": {("chargingProfile", "chargingProfileId"): "serial"},
    "SetChargingProfile": {("csChargingProfiles", "chargingProfileId"): "serial"},
    "UpdateFirmware": {("retrieveDate",): "now"},
    "GetLog": {("requestId",): "serial"},
    "SignedUpdateFirmware": {("requestId",): "serial", ("firmware", "retrieveDateTime"): "now"},
}
"""By action, the fields and the variable of adaptor files that stands for them; one inside a structure only where that is wanted."""
