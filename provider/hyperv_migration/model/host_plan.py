"""What is to be written to a host, and what is to be put back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hyperv_migration.model.any_network import PRIOR_ENTRIES, AnyChange, any_entries, way_back
from hyperv_migration.model.facts import HostFacts, MigrationServiceStatus
from hyperv_migration.model.host import ANY_NETWORK, settings_in
from hyperv_migration.model.network import NetworkEntry
from hyperv_migration.model.terminal import printable

Settings = Mapping[str, Any]


def changes(declared: Settings, live: Settings) -> dict[str, Any]:
    """Return the declared settings whose live value differs; nothing else is ever written."""
    return {name: value for name, value in declared.items() if live.get(name) != value}


def priors(declared: Settings, live: Settings, known: Settings) -> dict[str, Any]:
    """Return what to put back: what is known already, else the value found now; released settings are forgotten."""
    return {name: known.get(name, live.get(name)) for name in declared}


def found_in(state: Settings) -> dict[str, Any]:
    """Return what a state knows of what was found, as a note on this machine keeps it."""
    entries = state.get(PRIOR_ENTRIES)
    return {**(state.get("priorSettings") or {}), **({} if entries is None else {PRIOR_ENTRIES: entries})}


def news_for(heir: Settings, state: Settings, *, newer: bool) -> dict[str, Any]:
    """Return what a state had found and its heir does not know: neither the same, nor what the heir itself had written.

    The heir came first where the state found what the heir had written, and the heir did not find what the state had written;
    not if it is known to be the newer one.
    """
    prior, made = heir.get("priorSettings") or {}, heir.get("writtenSettings") or {}
    found, written = found_in(state), state.get("writtenSettings") or {}

    def known(name: str) -> bool:
        if name not in prior:
            return False
        same_entries = name != ANY_NETWORK or heir.get(PRIOR_ENTRIES) == state.get(PRIOR_ENTRIES)
        came_first = not newer and name in made and made[name] == found[name] and prior[name] != written.get(name)
        return came_first or (prior[name] == found[name] and same_entries)

    names = {name for name in found if name != PRIOR_ENTRIES and not known(name)}
    return {
        name: value
        for name, value in found.items()
        if name in names or (name == PRIOR_ENTRIES and ANY_NETWORK in names)
    }


def handed_on(found: Settings, written: Settings, earlier: Settings) -> dict[str, Any]:
    """Return what was found at first, where several resources that are gone had found something.

    Where one had found what the other had written, what that other one had found is older.
    """
    kept = {name for name, value in earlier.items() if name != PRIOR_ENTRIES and value != written.get(name)}
    if ANY_NETWORK in kept:
        kept.add(PRIOR_ENTRIES)
    return {**found, **{name: earlier[name] for name in kept if name in earlier}}


def interrupted(live: Settings, found: Settings, intended: Settings) -> dict[str, Any]:
    """Return what an interrupted operation had found, where the live value is still the one it was about to write."""
    return {name: value for name, value in found.items() if name in intended and live.get(name) == intended[name]}


def as_intended(live: Settings, entries: Sequence[NetworkEntry] | None, intended: Settings) -> dict[str, Any]:
    """Return the live settings, with half of the any-network pair taken for the pair where an operation was adding it."""
    half = intended.get(ANY_NETWORK) is True and bool(any_entries(entries or ()))
    return {**live, **({ANY_NETWORK: True} if half else {})}


def with_interrupted(state: Settings, live: Settings, found: Settings, intended: Settings) -> dict[str, Any]:
    """Return the state with what an operation wrote that was killed before its answer, as far as the host shows it.

    Or with what a replaced resource had found: where the new one found what that one wrote, it is not what was found.
    """
    noted = interrupted(live, found, intended)
    prior: Settings = state.get("priorSettings") or {}
    ours = {name for name, value in prior.items() if name in found and name in intended and intended[name] == value}
    entries = state.get(PRIOR_ENTRIES)
    if ANY_NETWORK in ours or (ANY_NETWORK in noted and ANY_NETWORK not in prior):
        entries = found.get(PRIOR_ENTRIES)
    return {
        **state,
        PRIOR_ENTRIES: entries,
        "priorSettings": {**noted, **prior, **{name: found[name] for name in ours}},
        "writtenSettings": {**(state.get("writtenSettings") or {}), **{name: intended[name] for name in noted}},
    }


@dataclass(frozen=True, kw_only=True)
class Restoration:
    """What a destroy writes, and which settings it leaves because somebody else changed them since."""

    writes: dict[str, Any]
    left: tuple[str, ...]
    networks: AnyChange = field(default=AnyChange())
    """The entries behind useAnyNetwork, where the list was asked for."""


def restoration(state: Settings, live: Settings, entries: Sequence[NetworkEntry] | None = None) -> Restoration:
    """Plan the undo of a state: a setting goes back only while it still is what we last wrote (DESIGN §3)."""
    prior: Settings = state.get("priorSettings") or {}
    written: Settings = state.get("writtenSettings") or {}
    disable = state.get("onDestroy") == "Disable"
    writes: dict[str, Any] = {}
    left: list[str] = []
    networks = AnyChange()
    for name, found in prior.items():
        if name == ANY_NETWORK and entries is not None:
            networks = networks_back(state, entries)
            if networks:
                writes[name] = found
            elif networks.left:
                left.append(name)
        elif found is None or live.get(name) == found or (name == "enabled" and disable):
            continue
        elif live.get(name) == written.get(name):
            writes[name] = found
        else:
            left.append(name)
    if disable and live.get("enabled") is not False:
        writes["enabled"] = False
    return Restoration(writes=writes, left=tuple(left), networks=networks)


def networks_back(state: Settings, entries: Sequence[NetworkEntry]) -> AnyChange:
    """Return what brings back what was found of the entries behind useAnyNetwork."""
    prior, written = state.get("priorSettings") or {}, state.get("writtenSettings") or {}
    if ANY_NETWORK not in prior:
        return AnyChange()
    return way_back(bool(prior[ANY_NETWORK]), state.get(PRIOR_ENTRIES), written.get(ANY_NETWORK), entries)


def refusal(facts: HostFacts, declared: Settings, allow: Settings) -> str | None:
    """Return why the host must not be written to; None when nothing positive speaks against it (DESIGN §3)."""
    if facts.clustered and not allow.get("allowClustered"):
        return (
            f"{facts.fqdn} is a node of a failover cluster, whose own tools manage live migration; "
            "set allowClustered to manage it all the same"
        )
    if declared.get("enabled") and facts.domain_joined is False:
        return f"{facts.fqdn} is in workgroup {facts.domain}; live migration needs a domain member, so join it first"
    if facts.live_migration_capable is False and (asked := _of_live_migration(declared)):
        return f"{without_live_migration(facts.fqdn)}, or leave out {', '.join(asked)}"
    credssp = declared.get("authenticationType") == "CredSSP"
    if credssp and facts.credential_guard_running and not allow.get("allowCredSspWithCredentialGuard"):
        return (
            f"{facts.fqdn} runs Credential Guard, which breaks CredSSP for live migration; use authenticationType "
            "Kerberos with a KerberosDelegation, or set allowCredSspWithCredentialGuard"
        )
    return None


def _of_live_migration(declared: Settings) -> list[str]:
    """Return what the cmdlets refuse on a host that has no live migration: all but storage migrations (§1.6, §2.2).

    That it is switched off is true of such a host.
    """
    return [
        name
        for name, value in declared.items()
        if name != "maximumStorageMigrations" and not (name == "enabled" and value is False)
    ]


def without_live_migration(host: str) -> str:
    """Return what to say of a host that positively has no live migration."""
    return f"{host} offers no live migration; install the Hyper-V role on an edition that has it"


def unknowns(facts: HostFacts, declared: Settings) -> list[str]:
    """Return a warning for each precondition that could not be seen."""
    warnings = []
    if facts.clustered is None:
        warnings.append(f"{facts.fqdn}: cannot see whether it is a cluster node; only its Administrators see that")
    if facts.domain_joined is None:
        warnings.append(
            f"{facts.fqdn}: root/cimv2 is not shown to the account, so its domain, its Windows build and whether live "
            "migration can be enabled there are not known; give the account Enable and Remote Enable on root/cimv2 "
            "(docs/rights.md has the script)"
        )
    if declared.get("authenticationType") == "CredSSP" and facts.credential_guard_running is None:
        warnings.append(f"{facts.fqdn}: cannot see whether Credential Guard runs, which would break CredSSP")
    return warnings


def without_rdma(host: str) -> str:
    """Return what to say of SMB on a host whose adapters positively have no RDMA."""
    return (
        f"{host}: no network adapter has RDMA switched on, and SMB without it is slower than Compression; use Compression, "
        "or switch RDMA on (Enable-NetAdapterRdma)"
    )


def host_state(
    inputs: Settings, facts: HostFacts, live: Settings, status: MigrationServiceStatus | None
) -> dict[str, Any]:
    """Return the state after an operation: the program's inputs, overlaid by what was read from the host."""
    state = {
        **inputs,
        **settings_in(live),
        "host": facts.fqdn,
        "listenerAddresses": [printable(one) for one in status.listener_addresses] if status else None,
        "domain": facts.domain,
        "operatingSystem": facts.operating_system,
        "osBuild": facts.build,
        "credentialGuardRunning": facts.credential_guard_running,
        "clustered": facts.clustered,
        "signInRequired": live.get("authenticationType") == "CredSSP",
    }
    return {name: value for name, value in state.items() if value is not None}
