"""Identifiers presented to the station: decided here where that is allowed, by the CSMS otherwise (OCPP 1.6 sections 3.5 and 4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ocpp.v16 import call_result
from ocpp.v16.enums import Action, AuthorizationStatus, ChargePointErrorCode, UpdateStatus

from probes.station.authorisation import Cache, IdTagInfo, LocalList, Verdict, info_of, offline_verdict, online_verdict
from probes.wire.routing import on

if TYPE_CHECKING:
    from probes.station.station import Station

LIST_PROFILE = "LocalAuthListManagement"


class Identification:
    """The station's list and cache, and when they are asked."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._has_list = LIST_PROFILE in station.config.profiles
        self.local_list = LocalList(station.store.get("local_list"))
        self._cache = Cache(station.store.get("cache"))

    @property
    def list_enabled(self) -> bool:
        """Whether the station has a Local Authorization List and LocalAuthListEnabled lets it be used."""
        return self._has_list and self._station.configuration.flag("LocalAuthListEnabled", default=True)

    @property
    def cache_enabled(self) -> bool:
        """AuthorizationCacheEnabled; a station without the key has no cache."""
        return self._station.configuration.flag("AuthorizationCacheEnabled")

    def known(self, id_tag: str) -> IdTagInfo | None:
        """What the station knows of an identifier; its list goes before its cache (section 3.5.3)."""
        listed = self.local_list.find(id_tag) if self.list_enabled else None
        if listed is not None:
            return listed
        return self._cache.find(id_tag) if self.cache_enabled else None

    async def authorise(self, id_tag: str) -> IdTagInfo | None:
        """The identifier's information when it may charge now, None when it may not."""
        now = self._station.registration.now()
        known = self.known(id_tag)
        if self._station.online:
            verdict = online_verdict(known, now, pre_authorize=self._station.configuration.flag("LocalPreAuthorize"))
            if verdict is Verdict.ACCEPT:
                return known
            answer = await self._station.call("Authorize", {"idTag": id_tag})
            if answer.kind == "result":
                told = await self.learn(id_tag, answer.payload)
                return told if told and told.accepted else None
            if answer.kind == "error":
                return None
        return self._offline(id_tag)

    def _offline(self, id_tag: str) -> IdTagInfo | None:
        keys, known = self._station.configuration, self.known(id_tag)
        verdict = offline_verdict(
            known,
            self._station.registration.now(),
            authorize_offline=keys.flag("LocalAuthorizeOffline"),
            allow_unknown=keys.flag("AllowOfflineTxForUnknownId"),
        )
        return (known or IdTagInfo(str(AuthorizationStatus.accepted))) if verdict is Verdict.ACCEPT else None

    async def learn(self, id_tag: str, payload: Any) -> IdTagInfo | None:
        """Take the idTagInfo of an answer: into the cache, unless the list has the identifier; the list itself never changes by it.

        Where the list says another thing than the CSMS, the CSMS is told so (section 3.5.2).
        """
        told = info_of(payload.get("idTagInfo")) if isinstance(payload, dict) else None
        if told is None:
            return None
        now = self._station.registration.now()
        listed = self.local_list.find(id_tag) if self.list_enabled else None
        if listed is None:
            if self.cache_enabled:
                self._cache.update(id_tag, told, now)
                self._station.store.put("cache", self._cache.as_json())
        elif (listed.at(now) == AuthorizationStatus.accepted) != told.accepted:
            await self._station.report(0, ChargePointErrorCode.local_list_conflict)
        return told

    def clear_cache(self) -> bool:
        """Forget all cached identifiers; False when there is no cache."""
        if self.cache_enabled:
            self._cache.clear()
            self._station.store.put("cache", self._cache.as_json())
        return self.cache_enabled


class LocalListBehaviour:
    """The Local Authorization List Management profile's station side."""

    def __init__(self, station: Station) -> None:
        self._station = station

    @on(Action.get_local_list_version)
    def on_get_local_list_version(self, **_: Any) -> call_result.GetLocalListVersion:
        """Section 5.10: 0 for an empty list, -1 while the list is switched off."""
        identification = self._station.identification
        return call_result.GetLocalListVersion(list_version=identification.local_list.version if identification.list_enabled else -1)

    @on(Action.send_local_list)
    def on_send_local_list(
        self, list_version: int, update_type: str, local_authorization_list: list[dict[str, Any]] | None = None, **_: Any
    ) -> call_result.SendLocalList:
        """Section 5.15; NotSupported while the list is switched off."""
        station = self._station
        if not station.identification.list_enabled:
            return call_result.SendLocalList(status=UpdateStatus.not_supported)
        status = station.identification.local_list.update(
            list_version,
            update_type,
            local_authorization_list or [],
            most=station.configuration.limit("LocalAuthListMaxLength"),
            most_at_once=station.configuration.limit("SendLocalListMaxLength"),
        )
        if status == UpdateStatus.accepted:
            station.store.put("local_list", station.identification.local_list.as_json())
        return call_result.SendLocalList(status=status)
