"""The ledger: what of an account's present state is this resource's doing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hyperv_migration.model.account_change import AccountChange
from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.delegation_ledger import Ledger

FOUND = ComputerAccount(
    guid="457f7cd0-18c1-5e04-a012-c99d6eeec3d0",
    distinguished_name="CN=HV01,CN=Computers,DC=lab,DC=test",
    sam_account_name="HV01$",
    dns_host_name="hv01.lab.test",
    user_account_control=0x1000,
    allowed_to_delegate_to=("cifs/FS01",),
)


def with_list(*names: str, control: int = 0x1000) -> ComputerAccount:
    """Return the account with another list."""
    return replace(FOUND, allowed_to_delegate_to=names, user_account_control=control)


def test_a_value_that_was_found_is_never_entered() -> None:
    """Only what was sent is ours."""
    live = with_list("cifs/FS01", "cifs/HV02")
    assert Ledger.opened(FOUND).after(AccountChange(add=("cifs/HV02",)), FOUND, live).added == ("cifs/HV02",)


def test_a_value_that_is_gone_again_is_dropped() -> None:
    """A later destroy does not remove what somebody else puts there afterwards."""
    assert Ledger(added=("cifs/HV02", "cifs/HV03")).seen(with_list("cifs/HV03")).added == ("cifs/HV03",)


def test_the_directory_decides_the_spelling() -> None:
    """Deletions name values as the directory has them."""
    assert Ledger(added=("cifs/HV02",)).seen(with_list("CIFS/hv02")).added == ("CIFS/hv02",)


def test_only_a_bit_that_was_flipped_counts_as_written() -> None:
    """Clearing unconstrained delegation says nothing about protocol transition, which was set before."""
    before = with_list(control=0x1081000)
    after = Ledger.opened(before).after(
        AccountChange(user_account_control=0x1001000), before, with_list(control=0x1001000)
    )
    assert (after.transition_written, after.cleared_unconstrained) == (None, True)


def test_a_bit_that_did_not_arrive_does_not_count() -> None:
    """A lost write that had no effect leaves no trace."""
    change = AccountChange(add=("cifs/HV02",), user_account_control=0x1001000)
    assert Ledger.opened(FOUND).after(change, FOUND, FOUND) == Ledger.opened(FOUND)


def test_an_effect_that_could_not_be_read_is_assumed() -> None:
    """A destroy must look for what may be there."""
    change = AccountChange(add=("cifs/HV02",), user_account_control=0x1001000)
    assumed = Ledger.opened(FOUND).assuming(change, FOUND)
    assert (assumed.added, assumed.transition_written) == (("cifs/HV02",), True)


def test_the_state_keeps_the_ledger() -> None:
    """What is written to the state is read back the same."""
    ledger = Ledger(added=("cifs/HV02",), names_before=(), transition_before=False, transition_written=True)
    assert Ledger.of(ledger.as_state()) == ledger


def test_an_empty_ledger_knows_nothing_of_before() -> None:
    """An import has no prior values."""
    assert Ledger.of({}) == Ledger()


ENTRY = ("cifs/HV02",)
FIRST = Ledger(added=ENTRY, names_before=("http/web",), transition_before=False, transition_written=True)


@pytest.mark.parametrize(
    ("heir", "merged"),
    [
        # It found what the other one had written.
        (
            Ledger(names_before=("http/web", *ENTRY), transition_before=True),
            Ledger(added=ENTRY, names_before=("http/web",), transition_before=False, transition_written=True),
        ),
        # It was there first: what it found stays.
        (
            Ledger(added=("cifs/HV03",), names_before=(), transition_before=False, transition_written=True),
            Ledger(added=("cifs/HV03", *ENTRY), names_before=(), transition_before=False, transition_written=True),
        ),
        # It was imported, and knows nothing of before.
        (Ledger(), FIRST),
    ],
    ids=["later", "earlier", "imported"],
)
def test_an_heir_takes_over_what_it_took_for_found(heir: Ledger, merged: Ledger) -> None:
    """Who was there first knows what was before."""
    assert heir.inheriting(FIRST, ENTRY) == merged
