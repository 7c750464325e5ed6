"""What is asked of the directory after every operation."""

from __future__ import annotations

from contract.histories.oracle import Owned, Provenance
from contract.histories.pictures import BITS, Account, Picture, folded
from hyperv_migration.model.declaration import State

BUDGET = {"create": 4, "update": 4, "read": 2, "delete": 3}
"""LDAP operations (DESIGN §5)."""


def within_budget(what: str, before: int | None, after: int | None) -> None:
    """No more was asked than may be, where that is counted."""
    sent = (after or 0) - (before or 0)
    assert sent <= BUDGET[what], f"{what} took {sent} LDAP operations"


def only_touched(before: Picture, after: Picture, guid: str | None) -> None:
    """No account but the operation's own was written."""
    others = {one for one in before.keys() | after.keys() if one != guid}
    touched = [one for one in others if before.get(one) != after.get(one)]
    assert not touched, f"accounts were written that are no business of this operation: {touched}"


def as_expected(what: str, live: Account, now: Account, expected: Account, *, late: bool) -> None:
    """The account is what the oracle says; `late` leaves the two bits out of it."""
    assert now.entries == expected.entries, (
        f"{what} left {sorted(now.entries)} on {live.name}, not {sorted(expected.entries)}"
    )
    assert (now.control ^ expected.control) & ~(BITS if late else 0) == 0, (
        f"{what} left {live.name} at {now.control:#x}, not {expected.control:#x}; it was {live.control:#x}"
    )


def state_is_true(state: State, owned: Owned, live: Account) -> None:
    """The state says what is there, and the ledger what of it is the resource's own."""
    ledger = folded(state["addedServicePrincipalNames"])
    assert ledger == owned.own, f"the ledger is {sorted(ledger)}, and the resource's own are {sorted(owned.own)}"
    assert folded(state["servicePrincipalNames"]) == owned.declared & live.entries, "the state lists what is not there"
    assert state["protocolTransition"] == live.transition, "the state tells another bit"


def nothing_foreign(  # noqa: PLR0913, PLR0917 - what was, what is, and what may have become of it
    provenance: Provenance,
    owned: Owned | None,
    live: Account,
    now: Account,
    may_add: frozenset[str],
    may_remove: frozenset[str],
) -> None:
    """Nothing of others was lost, and nothing was added or set that was not to be."""
    lost, added = live.entries - now.entries, now.entries - live.entries
    assert lost <= may_remove, f"{live.name}: lost {sorted(lost - may_remove)}"
    assert added <= may_add, f"{live.name}: added {sorted(added - may_add)}"
    assert (live.control ^ now.control) & ~BITS == 0, f"{live.name}: another bit was written"
    if owned is not None:
        foreign = (lost & provenance.foreign(owned.guid)) - owned.declared
        assert not foreign, f"{live.name}: entries of others were removed: {sorted(foreign)}"
