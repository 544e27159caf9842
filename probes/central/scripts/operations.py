"""What the central system does to a station of the Core profile: resets, locks, configuration, cache (OCPP 1.6 chapter 5)."""

from __future__ import annotations

from probes.adaptors.operations import ChangeConfiguration, ClearCache, GetConfiguration, Reset, UnlockConnector
from probes.central.audited import AuditedCsms
from probes.central.catalogue import case

CONNECTOR = 1
INTERVAL = "MeterValueSampleInterval"


@case("TC_013_CSMS")
async def hard_reset(csms: AuditedCsms) -> None:
    """A hard reset."""
    await resets(csms, "Hard")


@case("TC_014_CSMS")
async def soft_reset(csms: AuditedCsms) -> None:
    """A soft reset."""
    await resets(csms, "Soft")


async def resets(csms: AuditedCsms, kind: str) -> None:
    """A reset, after which our station registers again."""
    request = await csms.wants(Reset(kind))
    await csms.told("BootNotification", since=request.call.seq, seconds=csms.patience.connection)
    await csms.online()


@case("TC_017_1_CSMS")
async def unlock(csms: AuditedCsms) -> None:
    """A connector with a lock is unlocked; nobody charges."""
    await csms.wants(UnlockConnector(CONNECTOR), reply={"status": "Unlocked"})


@case("TC_017_2_CSMS")
async def unlock_fixed_cable(csms: AuditedCsms) -> None:
    """A connector with a fixed cable cannot be unlocked."""
    await unlocks_in_vain(csms, "NotSupported")


@case("TC_030_CSMS")
async def unlock_fails(csms: AuditedCsms) -> None:
    """The lock sticks."""
    await unlocks_in_vain(csms, "UnlockFailed")


@case("TC_031_CSMS")
async def unlock_unknown(csms: AuditedCsms) -> None:
    """Our station says that it does not have this connector: few central systems ask for one of which they know that it is not there."""
    await unlocks_in_vain(csms, "NotSupported")


async def unlocks_in_vain(csms: AuditedCsms, status: str) -> None:
    """An unlocking that our station answers so."""
    await csms.wants(UnlockConnector(CONNECTOR), reply={"status": status})
    await csms.settles()


@case("TC_018_1_CSMS")
async def unlock_while_charging(csms: AuditedCsms) -> None:
    """A connector with a transaction is unlocked, and the transaction ends."""
    charge = await csms.charging()
    request = await csms.wants(UnlockConnector(charge.connector))
    await csms.sent("StopTransaction", since=request.call.seq)


@case("TC_019_1_CSMS")
async def all_keys(csms: AuditedCsms) -> None:
    """All configuration keys are read."""
    await csms.wants(GetConfiguration())


@case("TC_019_2_CSMS")
async def one_key(csms: AuditedCsms) -> None:
    """One configuration key is read."""
    await csms.wants(GetConfiguration(("SupportedFeatureProfiles",)))


@case("TC_021_CSMS")
async def change_key(csms: AuditedCsms) -> None:
    """A configuration key is set."""
    await csms.wants(ChangeConfiguration(INTERVAL, "60"), reply={"status": "Accepted"})


@case("TC_040_1_CSMS")
async def key_not_supported(csms: AuditedCsms) -> None:
    """A key that our station does not have is set."""
    await csms.wants(ChangeConfiguration("BlinkRepeat", "3"), reply={"status": "NotSupported"})
    await csms.settles()


@case("TC_040_2_CSMS")
async def value_rejected(csms: AuditedCsms) -> None:
    """A value that our station does not take."""
    await csms.wants(ChangeConfiguration(INTERVAL, "60"), reply={"status": "Rejected"})
    await csms.settles()


@case("TC_061_CSMS")
async def clear_cache(csms: AuditedCsms) -> None:
    """The authorization cache is emptied."""
    await csms.wants(ClearCache(), reply={"status": "Accepted"})
