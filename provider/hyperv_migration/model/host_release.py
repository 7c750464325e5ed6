"""What becomes of a useAnyNetwork that a program declares no longer, and what a host as it is must be warned of. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from hyperv_migration.model.any_network import AnyChange
from hyperv_migration.model.declaration import Inputs, State
from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.model.facts import HostFacts
from hyperv_migration.model.host import ANY_NETWORK
from hyperv_migration.model.host_plan import networks_back
from hyperv_migration.model.network import NetworkEntry, parse_network_id
from hyperv_migration.model.subnet import Subnet


@dataclass(frozen=True, kw_only=True)
class Release:
    """How a useAnyNetwork that is declared no longer goes back to what was found."""

    pending: bool = False
    """What was found is still known, so it goes back now or later."""
    writes: dict[str, Any] = field(default_factory=dict)
    networks: AnyChange = field(default=AnyChange())
    goes_back: bool = False
    """It is as it was found once this is written, so nothing more needs to be known of it."""
    warnings: tuple[str, ...] = ()


def released(known: State, declared: Inputs, live: Mapping[str, Any], entries: Sequence[NetworkEntry]) -> Release:
    """Plan the way back; `entries` are those that stay in the list when this run of the program is over.

    The named networks of the program may be on their way out, and go after the host was updated. So the list that was
    found must be there before they go.
    """
    prior = known.get("priorSettings") or {}
    if ANY_NETWORK in declared or ANY_NETWORK not in prior:
        return Release()
    back = networks_back(known, entries)
    if back.left:
        warning = f"useAnyNetwork was changed to {live.get(ANY_NETWORK)!r} by somebody else and is left so."
        return Release(pending=True, goes_back=True, warnings=(warning,))
    enabled = declared.get("enabled", live.get("enabled"))
    if back.remove and enabled and not back.after(entries):
        warning = (
            "useAnyNetwork is not declared any more and was false when it was found, but without it the host would listen "
            "nowhere. It stays true until there is a named network, or until this resource is destroyed."
        )
        return Release(pending=True, warnings=(warning,))
    writes = {ANY_NETWORK: prior[ANY_NETWORK]} if back else {}
    return Release(pending=True, writes=writes, networks=back, goes_back=True)


def left_out(old: State, inputs: Inputs) -> AbstractSet[Subnet]:
    """Return the subnets that the `networks` input named until now and names no longer: they may be about to go."""
    return _subnets(old) - _subnets(inputs)


def _subnets(values: Mapping[str, Any]) -> AbstractSet[Subnet]:
    found = set()
    for network in values.get("networks") or ():
        # Ids are verified only where the any-network pair is taken away; what is no id names no subnet.
        with suppress(InvalidInput):
            found.add(parse_network_id(network)[1])
    return found


def dangers(
    facts: HostFacts, live: Mapping[str, Any], entries: Sequence[NetworkEntry] | None, inputs: Mapping[str, Any]
) -> list[str]:
    """Return what is wrong with a host as it is, though no declared setting is: for a write and for every later read."""
    found = []
    if live.get("enabled") and entries is not None and not entries:
        found.append(LISTENS_NOWHERE)
    if (
        live.get("enabled")
        and facts.credential_guard_running
        and live.get("authenticationType") == "CredSSP"
        and inputs.get("authenticationType") is None
        and not inputs.get("allowCredSspWithCredentialGuard")
    ):
        found.append(
            "It uses CredSSP, which the program does not declare, and Credential Guard breaks it; declare authenticationType "
            "Kerberos with a KerberosDelegation."
        )
    return found


LISTENS_NOWHERE = (
    "Live migration is switched on and the list of migration networks is empty, so the host listens nowhere and accepts no "
    "migration; declare a MigrationNetwork, or useAnyNetwork true."
)
