"""What is written to an account, for every list and every combination of bits that may be found there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperv_migration.model.account_change import AccountChange
from hyperv_migration.model.account_control import TRUSTED_FOR_DELEGATION, TRUSTED_TO_AUTH_FOR_DELEGATION
from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.delegation_ledger import Ledger
from hyperv_migration.model.delegation_plan import plan_grant, plan_removal, widening
from hyperv_migration.model.errors import Conflict
from hyperv_migration.model.spn import key, keys

MEMBER = 0x1000
TRANSITION = MEMBER | TRUSTED_TO_AUTH_FOR_DELEGATION
UNCONSTRAINED = MEMBER | TRUSTED_FOR_DELEGATION

WANTED = ("cifs/HV02", "cifs/hv02.lab.test", "svc one/HV02", "svc one/hv02.lab.test")
FOREIGN = ("http/web", "http/web.lab.test", "cifs/FS01")

spelled = st.sampled_from([str.upper, str.lower, str.title, str])
some_wanted = st.lists(st.sampled_from(WANTED), unique=True).flatmap(
    lambda names: st.tuples(*(spelled.map(lambda spell, name=name: spell(name)) for name in names))
)
some_foreign = st.lists(st.sampled_from(FOREIGN), unique=True).map(tuple)
lists = st.tuples(some_wanted, some_foreign).map(lambda both: (*both[0], *both[1])).flatmap(st.permutations).map(tuple)
controls = st.sampled_from([MEMBER, TRANSITION])


def account(names: tuple[str, ...] = (), control: int = MEMBER) -> ComputerAccount:
    """Return a source account with this list and these bits."""
    return ComputerAccount(
        guid="457f7cd0-18c1-5e04-a012-c99d6eeec3d0",
        distinguished_name="CN=HV01,CN=Computers,DC=lab,DC=test",
        sam_account_name="HV01$",
        dns_host_name="hv01.lab.test",
        user_account_control=control,
        allowed_to_delegate_to=names,
    )


def written(live: ComputerAccount, change: AccountChange) -> ComputerAccount:
    """Return the account as a directory has it after a change, which must name what is there."""
    assert set(change.delete) <= set(live.allowed_to_delegate_to)
    assert not keys(change.add) & keys(live.allowed_to_delegate_to)
    names = tuple(name for name in live.allowed_to_delegate_to if name not in change.delete) + change.add
    control = live.user_account_control if change.user_account_control is None else change.user_account_control
    return replace(live, allowed_to_delegate_to=names, user_account_control=control)


@given(lists, controls)
def test_a_grant_adds_what_is_missing_and_touches_nothing_else(names: tuple[str, ...], control: int) -> None:
    """Every value found stays, in its own spelling."""
    live = account(names, control)
    after = written(live, plan_grant(live, WANTED))
    assert after.allowed_to_delegate_to[: len(names)] == names
    assert keys(after.allowed_to_delegate_to) == keys(names) | keys(WANTED)
    assert after.user_account_control == TRANSITION


@given(lists, controls)
def test_a_second_grant_writes_nothing(names: tuple[str, ...], control: int) -> None:
    """What has been brought about is not written again."""
    after = written(account(names, control), plan_grant(account(names, control), WANTED))
    assert not plan_grant(after, WANTED)


@given(lists, controls, st.booleans(), st.booleans())
def test_what_was_found_comes_back(
    names: tuple[str, ...], control: int, unconstrained: bool, protocol_transition: bool
) -> None:
    """Create and destroy leave the account as it was, whatever was there before."""
    found = account(names, control | TRUSTED_FOR_DELEGATION if unconstrained else control)
    try:
        change = plan_grant(found, WANTED, protocol_transition=protocol_transition, replace_unconstrained=True)
    except Conflict:
        return
    live = written(found, change)
    ledger = Ledger.opened(found).after(change, found, live)
    restored = written(live, plan_removal(live, ledger.added, ledger).change)
    assert restored == found


@given(lists, st.permutations([0, 1]))
def test_two_owners_of_one_source_leave_no_bit_behind(names: tuple[str, ...], order: list[int]) -> None:
    """Whoever goes last takes the bit along when the list becomes empty (active-directory.md, 166)."""
    live = account(names)
    ledgers = []
    for wanted in (("cifs/A", "cifs/a.lab.test"), ("cifs/B", "cifs/b.lab.test")):
        change = plan_grant(live, wanted)
        after = written(live, change)
        ledgers.append(Ledger.opened(live).after(change, live, after))
        live = after
    for index in order:
        ledger = ledgers[index].seen(live)
        live = written(live, plan_removal(live, ledger.added, ledger).change)
    assert live.allowed_to_delegate_to == names
    assert names or live.user_account_control == MEMBER


@given(lists, controls, some_foreign)
def test_what_others_add_meanwhile_survives_the_undo(
    names: tuple[str, ...], control: int, later: tuple[str, ...]
) -> None:
    """A destroy removes only what is in the ledger."""
    found = account(names, control)
    change = plan_grant(found, WANTED)
    live = written(found, change)
    ledger = Ledger.opened(found).after(change, found, live)
    new = tuple(name for name in later if key(name) not in keys(live.allowed_to_delegate_to))
    live = replace(live, allowed_to_delegate_to=(*live.allowed_to_delegate_to, *new))
    after = written(live, plan_removal(live, ledger.added, ledger).change)
    assert set(after.allowed_to_delegate_to) == {*names, *new}


def test_deletions_take_the_very_value_and_keep_what_a_directory_could_take_for_it() -> None:
    """Another administrator's value differs in letters or in a blank."""
    live = account(("CIFS/hv02", "cifs/HV02 ", "cifs/hv02", "cifs/FS01"), TRANSITION)
    change = plan_removal(live, ("cifs/hv02",), Ledger()).change
    assert (change.delete, change.keep) == (("cifs/hv02",), ("CIFS/hv02", "cifs/HV02 "))


def test_an_entry_that_somebody_wrote_in_other_letters_is_still_ours() -> None:
    """Unless ours is there beside it."""
    ours = Ledger(added=("cifs/hv02",))
    assert ours.seen(account(("CIFS/hv02", "cifs/FS01"))).added == ("CIFS/hv02",)
    assert ours.seen(account(("CIFS/hv02", "cifs/hv02"))).added == ("cifs/hv02",)


def test_a_bit_set_beside_foreign_entries_is_taken_back_with_our_own() -> None:
    """Kerberos-only entries of others are Kerberos-only again."""
    ledger = Ledger(added=WANTED, names_before=("cifs/FS01",), transition_before=False, transition_written=True)
    live = account((*WANTED, "cifs/FS01"), TRANSITION)
    removal = plan_removal(live, WANTED, ledger)
    assert (removal.change.user_account_control, removal.warnings) == (MEMBER, ())


def test_a_bit_that_later_entries_of_others_may_need_stays_with_a_warning() -> None:
    """Nobody else's migrations are broken in silence, nor is the open door left unmentioned."""
    ledger = Ledger(added=WANTED, names_before=(), transition_before=False, transition_written=True)
    removal = plan_removal(account((*WANTED, "cifs/FS01"), TRANSITION), WANTED, ledger)
    assert removal.change.user_account_control is None
    assert [warning.split(" as long")[0] for warning in removal.warnings] == ["HV01: protocol transition stays on"]


def test_unconstrained_delegation_is_not_given_back_beside_later_entries_of_others() -> None:
    """What others set up since is not widened."""
    ledger = Ledger(
        added=WANTED, names_before=(), transition_before=False, transition_written=True, cleared_unconstrained=True
    )
    removal = plan_removal(account((*WANTED, "cifs/FS01"), TRANSITION), WANTED, ledger)
    assert removal.change == AccountChange(delete=WANTED)
    assert [warning.split(" as long")[0] for warning in removal.warnings][1:] == [
        "HV01: unconstrained delegation is not given back"
    ]


def test_an_imported_delegation_is_left_as_it_is() -> None:
    """Nothing is known of before, and nothing was added."""
    assert not plan_removal(account(WANTED, TRANSITION), (), Ledger()).change


def test_removing_an_imported_list_takes_the_bit_along() -> None:
    """RemoveDeclared empties the list, and a bit without a list serves nobody."""
    assert plan_removal(account(WANTED, TRANSITION), WANTED, Ledger()).change == AccountChange(
        delete=WANTED, user_account_control=MEMBER
    )


def test_bits_are_left_to_a_resource_of_the_same_run() -> None:
    """A forced replace that creates before it deletes keeps what the new one needs."""
    ledger = Ledger(added=WANTED, names_before=(), transition_before=False, transition_written=True)
    assert not plan_removal(account(WANTED, TRANSITION), (), ledger, shared_with_new=True).change


@pytest.mark.parametrize(
    ("live", "options", "because"),
    [
        (account(control=UNCONSTRAINED), {}, "HV01 is trusted for unconstrained delegation"),
        (account(control=MEMBER | 0x2), {}, "The account HV01 is disabled"),
        (account(control=0x82000), {"replace_unconstrained": True}, "HV01 is a domain controller"),
        (account(control=0x5001000), {}, "HV01 is a domain controller"),
        (account(("cifs/FS01",), TRANSITION), {"protocol_transition": False}, "HV01 delegates to 1 other entries"),
        (account(tuple(f"http/w{number}" for number in range(997))), {}, "HV01 would delegate to 1001 entries"),
    ],
)
def test_an_account_that_must_not_be_changed_is_refused(
    live: ComputerAccount, options: dict[str, bool], because: str
) -> None:
    """Each refusal says why, before anything is written."""
    with pytest.raises(Conflict) as refused:
        plan_grant(live, WANTED, **options)
    assert str(refused.value).startswith(because)


def test_a_list_of_a_thousand_is_still_written() -> None:
    """The limit is the last length that is allowed."""
    live = account(tuple(f"http/w{number}" for number in range(996)))
    assert plan_grant(live, WANTED).add == WANTED


def test_unconstrained_delegation_is_replaced_when_asked() -> None:
    """One bit goes and the other comes in the same change."""
    change = plan_grant(account(control=UNCONSTRAINED), WANTED, replace_unconstrained=True)
    assert change == AccountChange(add=WANTED, user_account_control=TRANSITION)


def test_entries_of_others_that_were_kerberos_only_are_told_about() -> None:
    """Protocol transition is of the account: theirs get it too."""
    warning = widening(account(FOREIGN), WANTED)
    assert warning is not None
    assert "3 other entries" in warning


def test_what_another_resource_of_the_run_declares_is_not_of_others() -> None:
    """Only the rest counts, and without a rest there is nothing to tell."""
    warning = widening(account(FOREIGN), WANTED, claimed=keys(FOREIGN[:1]))
    assert warning is not None
    assert "2 other entries" in warning
    assert widening(account(FOREIGN), WANTED, claimed=keys(FOREIGN)) is None


@pytest.mark.parametrize(
    "live", [account(), account(WANTED), account(FOREIGN, TRANSITION)], ids=["empty", "ours only", "on already"]
)
def test_nothing_is_told_where_nothing_widens(live: ComputerAccount) -> None:
    """No entry of others gets more than it had."""
    assert widening(live, WANTED) is None


OURS = Ledger(added=WANTED, names_before=FOREIGN, transition_before=False, transition_written=True)


def test_protocol_transition_that_this_resource_set_can_be_taken_back_beside_entries_that_were_found() -> None:
    """They were Kerberos only before, so the advice of the warning can be followed."""
    live = account((*FOREIGN, *WANTED), TRANSITION)
    change = plan_grant(live, WANTED, protocol_transition=False, ledger=OURS)
    assert change == AccountChange(user_account_control=MEMBER)
    warning = widening(account(FOREIGN), WANTED, ledger=replace(OURS, added=(), transition_written=None))
    assert warning is not None
    assert "set protocolTransition to false, and the next up takes it back" in warning


@pytest.mark.parametrize(
    "ledger",
    [
        replace(OURS, transition_before=True),
        replace(OURS, transition_written=None),
        replace(OURS, names_before=FOREIGN[1:]),
        replace(OURS, names_before=None, transition_before=None),
    ],
    ids=["found on", "switched on by others", "entries added since", "imported"],
)
def test_protocol_transition_of_others_stays_refused(ledger: Ledger) -> None:
    """What was found, or what entries added since may need, is not ours to take."""
    with pytest.raises(Conflict, match="3 other entries with protocol transition"):
        plan_grant(account((*FOREIGN, *WANTED), TRANSITION), WANTED, protocol_transition=False, ledger=ledger)
