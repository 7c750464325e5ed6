"""What a host or a directory says is printable wherever a person sees it; what a delete needs stays exact."""

from __future__ import annotations

from typing import Any

from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.delegation_ledger import Ledger
from hyperv_migration.model.delegation_state import observed
from hyperv_migration.model.facts import HostFacts, MigrationServiceStatus
from hyperv_migration.model.host_plan import host_state
from hyperv_migration.review.text import data

OBEYED = "\x9b31m\x1b]0;x\x07\u202e"


def shown(value: Any) -> bool:
    """Whether a terminal obeys nothing in it."""
    if isinstance(value, str):
        return value.isprintable()
    return all(map(shown, value)) if isinstance(value, list) else True


def test_the_outputs_of_a_host_are_printable() -> None:
    """Its addresses come from it as texts; names that ids carry are refused where they are none."""
    facts = HostFacts(
        name="HV01",
        domain="lab.test",
        domain_joined=True,
        build=20348,
        operating_system="Windows",
        credential_guard_running=False,
        clustered=False,
        live_migration_capable=True,
    )
    status = MigrationServiceStatus(
        listener_addresses=(f"192.0.2.1{OBEYED}",), active_migrations=0, active_storage_migrations=0
    )
    state = host_state({}, facts, {}, status)
    assert all(map(shown, state.values()))
    assert state["listenerAddresses"] == ["192.0.2.1\\x9b31m\\x1b]0;x\\x07\\u202e"]


def test_the_name_of_an_account_is_printable_and_its_identity_exact() -> None:
    """The account is found by its objectGUID; what was found in its list goes back as it was."""
    account = ComputerAccount(
        guid="457f7cd0-18c1-5e04-a012-c99d6eeec3d0",
        distinguished_name=f"CN=HV01,OU={OBEYED},DC=lab,DC=test",
        sam_account_name="HV01$",
        dns_host_name="hv01.lab.test",
        user_account_control=0x1000,
        allowed_to_delegate_to=(f"cifs/{OBEYED}",),
    )
    found = f"cifs/{OBEYED}"
    accounts = {"guid": {"declared": "x", "names": [], "servicePrincipalNames": [found]}}
    state = observed({"destinationAccounts": accounts}, account, Ledger())
    assert shown(state["sourceDn"])
    assert state["sourceGuid"] == account.guid
    assert state["servicePrincipalNames"] == [found]


def test_the_review_shows_no_control() -> None:
    """Whatever a plan holds, also an exact identifier."""
    assert data(["a", OBEYED]).isprintable()
