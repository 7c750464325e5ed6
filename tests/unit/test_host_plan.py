"""What is written to a host, what is put back, and what is refused, as tables of facts and settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperv_migration.model.facts import HostFacts, MigrationServiceStatus
from hyperv_migration.model.host_plan import (
    Restoration,
    changes,
    host_state,
    interrupted,
    priors,
    refusal,
    restoration,
    unknowns,
    with_interrupted,
)

# C25: Justsenger/HyperV-WMI-Documentation verify/recipes/live_migration_config.json, a host out of the box.
FRESH = {
    "enabled": False,
    "authenticationType": "CredSSP",
    "performanceOption": "Compression",
    "maximumVirtualMachineMigrations": 2,
    "maximumStorageMigrations": 2,
    "useAnyNetwork": False,
}
FACTS = HostFacts(
    name="HV01", domain="corp.example", domain_joined=True, build=20348, operating_system="Windows Server 2022",
    credential_guard_running=False, clustered=False, live_migration_capable=True,
)  # fmt: skip

SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "enabled": st.booleans(),
        "authenticationType": st.sampled_from(["Kerberos", "CredSSP"]),
        "performanceOption": st.sampled_from(["TCPIP", "Compression", "SMB"]),
        "maximumVirtualMachineMigrations": st.integers(0, 4),
        "maximumStorageMigrations": st.integers(0, 4),
        "useAnyNetwork": st.booleans(),
    },
)
LIVE = SETTINGS.map(lambda some: {**FRESH, **some})


@pytest.mark.parametrize(
    ("source", "live", "declared", "writes"),
    [
        ("C17: enable", {}, {"enabled": True}, {"enabled": True}),
        ("C17: disable", {"enabled": True}, {"enabled": False}, {"enabled": False}),
        ("C17: enabled already", {"enabled": True}, {"enabled": True}, {}),
        ("C17: not set writes neither", {}, {}, {}),
        ("C22: performance only", {}, {"performanceOption": "SMB"}, {"performanceOption": "SMB"}),
        ("C19: first run", {},
         {"maximumStorageMigrations": 4, "maximumVirtualMachineMigrations": 10, "useAnyNetwork": True,
          "performanceOption": "Compression", "authenticationType": "CredSSP"},
         {"maximumStorageMigrations": 4, "maximumVirtualMachineMigrations": 10, "useAnyNetwork": True}),
        ("C19: then any to false and maximum to 0", {"useAnyNetwork": True, "maximumVirtualMachineMigrations": 10},
         {"useAnyNetwork": False, "maximumVirtualMachineMigrations": 0},
         {"useAnyNetwork": False, "maximumVirtualMachineMigrations": 0}),
        ("C10: CredSSP to Kerberos in place", {}, {"authenticationType": "Kerberos"}, {"authenticationType": "Kerberos"}),
    ],
)  # fmt: skip
def test_only_what_is_declared_and_differs_is_written(
    source: str, live: dict[str, Any], declared: dict[str, Any], writes: dict[str, Any]
) -> None:
    """The cases of other projects' tests: starting state, program, writes."""
    assert (source, changes(declared, {**FRESH, **live})) == (source, writes)


@given(live=LIVE, declared=SETTINGS)
def test_written_changes_make_the_host_as_declared(live: dict[str, Any], declared: dict[str, Any]) -> None:
    """After the writes every declared setting is there, nothing else has moved, and nothing is left to write."""
    after = {**live, **changes(declared, live)}
    assert after == {**live, **declared}
    assert changes(declared, after) == {}


@given(live=LIVE, declared=SETTINGS)
def test_destroy_after_create_leaves_the_host_as_found(live: dict[str, Any], declared: dict[str, Any]) -> None:
    """Nobody else at work: the undo of a create is complete and touches nothing that was not declared."""
    after = {**live, **changes(declared, live)}
    undo = restoration({"priorSettings": priors(declared, live, {}), "writtenSettings": declared}, after)
    assert ({**after, **undo.writes}, undo.left) == (live, ())


@given(live=LIVE, first=SETTINGS, second=SETTINGS)
def test_destroy_after_an_update_goes_back_to_the_first_find(
    live: dict[str, Any], first: dict[str, Any], second: dict[str, Any]
) -> None:
    """What was found when a setting was first managed stays known; a released setting stays as it is."""
    known = priors(first, live, {})
    between = {**live, **first}
    after = {**between, **second}
    undo = restoration({"priorSettings": priors(second, between, known), "writtenSettings": second}, after)
    released = {name: value for name, value in first.items() if name not in second}
    assert {**after, **undo.writes} == {**live, **released}


@given(live=LIVE, declared=SETTINGS, drift=SETTINGS)
def test_drift_of_others_is_never_undone(live: dict[str, Any], declared: dict[str, Any], drift: dict[str, Any]) -> None:
    """A value that is neither what was found nor what we wrote belongs to somebody else (DESIGN §3)."""
    after = {**live, **declared, **drift}
    undo = restoration({"priorSettings": priors(declared, live, {}), "writtenSettings": declared}, after)
    others = {name for name in declared if after[name] not in (declared[name], live[name])}
    assert (set(undo.left), set(undo.writes) & others) == (others, set())


@pytest.mark.parametrize(
    ("live", "writes"),
    [({"enabled": True}, {"enabled": False}), ({"enabled": False}, {})],
)
def test_disable_switches_off_whatever_was_found(live: dict[str, Any], writes: dict[str, Any]) -> None:
    """OnDestroy Disable: live migration is off afterwards, though it was on when it was found."""
    state = {"priorSettings": {"enabled": True}, "writtenSettings": {"enabled": True}, "onDestroy": "Disable"}
    assert restoration(state, live) == Restoration(writes=writes, left=())


def test_setting_the_build_did_not_have_is_not_put_back() -> None:
    """Nothing was found, so there is nothing to give back."""
    state = {"priorSettings": {"performanceOption": None}, "writtenSettings": {"performanceOption": "SMB"}}
    assert restoration(state, {"performanceOption": "SMB"}) == Restoration(writes={}, left=())


def test_imported_state_restores_nothing() -> None:
    """An import has no prior values, so destroy leaves the host as it is (DESIGN §3)."""
    assert restoration({"managed": ["enabled"], "enabled": True}, {"enabled": True}) == Restoration(writes={}, left=())


def test_interrupted_write_keeps_the_older_find() -> None:
    """Found before a crash counts where the host shows what was about to be written, and nowhere else."""
    found, intended = (
        {"enabled": False, "maximumStorageMigrations": 2},
        {"enabled": True, "maximumStorageMigrations": 8},
    )
    live = {"enabled": True, "maximumStorageMigrations": 3}
    assert interrupted(live, found, intended) == {"enabled": False}


@pytest.mark.parametrize(
    ("facts", "declared", "allow", "reason"),
    [
        # C17: enable on a host that is no domain member is refused.
        ({"domain_joined": False, "domain": "WORKGROUP"}, {"enabled": True}, {}, "in workgroup WORKGROUP"),
        ({"live_migration_capable": False}, {"enabled": True}, {}, "offers no live migration"),
        ({"clustered": True}, {}, {}, "node of a failover cluster"),
        # S22, S23: Credential Guard breaks CredSSP.
        ({"credential_guard_running": True}, {"authenticationType": "CredSSP"}, {}, "runs Credential Guard"),
    ],
)  # fmt: skip
def test_positive_finding_is_refused_with_its_reason(
    facts: dict[str, Any], declared: dict[str, Any], allow: dict[str, Any], reason: str
) -> None:
    """What would not work is refused before anything is written, in words."""
    assert reason in (refusal(replace(FACTS, **facts), declared, allow) or "")


@pytest.mark.parametrize(
    ("facts", "declared", "allow"),
    [
        ({}, {"enabled": True, "authenticationType": "CredSSP"}, {}),
        # C17: settings other than enabled are taken by a workgroup host.
        ({"domain_joined": False}, {"enabled": False, "maximumStorageMigrations": 4}, {}),
        ({"live_migration_capable": False}, {"maximumStorageMigrations": 4}, {}),
        ({"clustered": True}, {"enabled": True}, {"allowClustered": True}),
        ({"credential_guard_running": True}, {"authenticationType": "Kerberos"}, {}),
        ({"credential_guard_running": True}, {"authenticationType": "CredSSP"}, {"allowCredSspWithCredentialGuard": True}),
        # Refuse only on a positive finding: unknown is a warning.
        ({"clustered": None, "credential_guard_running": None, "live_migration_capable": None},
         {"enabled": True, "authenticationType": "CredSSP"}, {}),
    ],
)  # fmt: skip
def test_what_could_work_is_not_refused(facts: dict[str, Any], declared: dict[str, Any], allow: dict[str, Any]) -> None:
    """The two refusals are lifted by name, and what is not known is given a chance."""
    assert refusal(replace(FACTS, **facts), declared, allow) is None


def test_what_could_not_be_seen_is_a_warning() -> None:
    """Both preconditions are named; Credential Guard matters under CredSSP only."""
    blind = replace(FACTS, clustered=None, credential_guard_running=None)
    assert [len(unknowns(blind, {"authenticationType": name})) for name in ("CredSSP", "Kerberos")] == [2, 1]
    assert unknowns(FACTS, {"authenticationType": "CredSSP"}) == []


def test_state_shows_what_was_read_and_leaves_out_what_is_not_known() -> None:
    """The truth comes from the target: inputs are overlaid by live settings, and unknown facts are unset."""
    status = MigrationServiceStatus(listener_addresses=("10.0.0.1",), active_migrations=0, active_storage_migrations=0)
    facts = replace(FACTS, clustered=None, build=26100)
    state = host_state({"computerName": "HV01", "enabled": True}, facts, {"enabled": False, "other": 1}, status)
    assert state == {
        "computerName": "HV01", "enabled": False, "host": "hv01.corp.example", "listenerAddresses": ["10.0.0.1"],
        "domain": "corp.example", "operatingSystem": "Windows Server 2022", "osBuild": 26100,
        "credentialGuardRunning": False, "signInRequired": False,
    }  # fmt: skip


@pytest.mark.parametrize(("authentication", "required"), [("CredSSP", True), ("Kerberos", False)])
def test_credssp_needs_somebody_signed_in(authentication: str, required: bool) -> None:
    """S13 to S16: the output tells whether a migration works for somebody signed in on the source only."""
    state = host_state({}, FACTS, {"authenticationType": authentication}, None)
    assert state["signInRequired"] is required


def test_workgroup_host_is_known_by_its_short_name() -> None:
    """A workgroup is no DNS domain, so it is no part of the id."""
    assert replace(FACTS, domain="WORKGROUP", domain_joined=False).fqdn == "hv01"


def test_a_replacement_learns_what_was_found_from_what_it_replaces() -> None:
    """Only where it found what that one had written; what it found otherwise was somebody else's (DESIGN §3, Replace)."""
    state = {"priorSettings": {"enabled": True, "maximumStorageMigrations": 9}, "writtenSettings": {"enabled": True}}
    found, written = {"enabled": False, "maximumStorageMigrations": 2}, {"enabled": True, "maximumStorageMigrations": 4}
    handed = with_interrupted(state, {"enabled": True, "maximumStorageMigrations": 6}, found, written)
    assert handed["priorSettings"] == {"enabled": False, "maximumStorageMigrations": 9}
