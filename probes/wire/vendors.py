"""DataTransfer: what is answered to vendors' own messages, by a station and by a CSMS alike (OCPP 1.6 sections 4.3 and 5.6). Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ocpp.v16.enums import DataTransferStatus


def data_transfer_status(known: Mapping[str, Collection[str]], vendor_id: str, message_id: str | None) -> DataTransferStatus:
    """`known` are the messageIds by vendorId. A message without an id is taken from each vendor that is known."""
    if vendor_id not in known:
        return DataTransferStatus.unknown_vendor_id
    if message_id is not None and message_id not in known[vendor_id]:
        return DataTransferStatus.unknown_message_id
    return DataTransferStatus.accepted
