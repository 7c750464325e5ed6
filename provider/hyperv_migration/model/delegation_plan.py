"""What is to be written to the source's account, for a grant and for its undo. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hyperv_migration.model.account_change import AccountChange
from hyperv_migration.model.account_control import (
    ACCOUNT_DISABLED,
    TRUSTED_FOR_DELEGATION,
    TRUSTED_TO_AUTH_FOR_DELEGATION,
    has,
    with_bit,
)
from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.delegation_accounts import Objection
from hyperv_migration.model.delegation_ledger import Ledger
from hyperv_migration.model.errors import Conflict
from hyperv_migration.model.spn import alike, key, keys

LIST_LIMIT = 1000
"""A list that is not linked holds about 1,200 values in a database with 8 KB pages (active-directory.md, 13)."""


NOTHING_KNOWN = Ledger()


@dataclass(frozen=True, kw_only=True)
class Removal:
    """What a destroy writes, and what it leaves and should say so."""

    change: AccountChange
    warnings: tuple[str, ...] = ()
    as_found: bool = False
    """Whether no entry is left that was not there at first, and no other resource of the run goes on with the account."""


def plan_grant(  # noqa: PLR0913 - one declared delegation
    live: ComputerAccount,
    wanted: Sequence[str],
    unwanted: Iterable[str] = (),
    *,
    protocol_transition: bool = True,
    replace_unconstrained: bool = False,
    objections: Iterable[Objection] = (),
    ledger: Ledger = NOTHING_KNOWN,
) -> AccountChange:
    """Plan the change that brings the account to the declared entries, removes the unwanted and touches no other.

    The unwanted are values as the account has them, byte for byte: another spelling is somebody else's entry.

    Raises Conflict, before anything is written, where the account must not be given delegation (DESIGN §3). An objection to
    a destination counts for what would be written: a delegation that is there already does not block other changes. The
    `ledger` is the one before the first write: protocol transition that this resource has set may be taken back.
    """
    wanted_keys = keys(wanted)
    present = keys(live.allowed_to_delegate_to)
    doomed = set(unwanted)
    delete = tuple(name for name in live.allowed_to_delegate_to if name in doomed and key(name) not in wanted_keys)
    add = tuple(name for name in wanted if key(name) not in present)
    foreign = keys(_left(live, delete)) - wanted_keys
    _refuse_account(live)
    widened = protocol_transition and not has(live.user_account_control, TRUSTED_TO_AUTH_FOR_DELEGATION)
    for objection in objections:
        if keys(objection.names) & keys(add) or (widened and objection.to_transition):
            raise Conflict(f"{objection.reason}; nothing was written. {objection.remedy}")
    _refuse_list(live, len(live.allowed_to_delegate_to) - len(delete) + len(add))
    control = live.user_account_control
    if has(control, TRUSTED_FOR_DELEGATION) and not replace_unconstrained:
        raise Conflict(
            f"{live.short_name} is trusted for unconstrained delegation, which constrained delegation would replace; "
            "nothing was written. Set replaceUnconstrained to take it away, and to have it back on destroy."
        )
    is_set = has(control, TRUSTED_TO_AUTH_FOR_DELEGATION)
    if is_set and not protocol_transition and foreign and not (_set_by_us(live, ledger) and _as_found(foreign, ledger)):
        raise Conflict(
            f"{live.short_name} delegates to {len(foreign)} other entries with protocol transition, which "
            "protocolTransition false would switch off for them too; nothing was written. Remove those entries, or leave "
            "protocolTransition true."
        )
    control = with_bit(control, TRUSTED_FOR_DELEGATION, present=False)
    control = with_bit(control, TRUSTED_TO_AUTH_FOR_DELEGATION, present=protocol_transition)
    return AccountChange(
        add=add, delete=delete, keep=_endangered(live, delete), user_account_control=_changed(live, control)
    )


def widening(
    live: ComputerAccount,
    wanted: Sequence[str],
    unwanted: Iterable[str] = (),
    *,
    ledger: Ledger = NOTHING_KNOWN,
    claimed: frozenset[str] = frozenset(),
) -> str | None:
    """Return what to say of entries of others that get protocol transition along with ours; None if there are none.

    `claimed` are the keys of what other resources of the same run declare: their programs say what they want of the bit.
    The bit is the account's, not an entry's (active-directory.md, 3): what was "Kerberos only" becomes "any protocol".
    """
    foreign = keys(live.allowed_to_delegate_to) - keys(wanted) - keys(unwanted)
    others = foreign - claimed
    if not others or has(live.user_account_control, TRUSTED_TO_AUTH_FOR_DELEGATION):
        return None
    can_go_back = ledger.transition_before is False and _as_found(foreign, ledger)
    way_back = (
        "set protocolTransition to false, and the next up takes it back"
        if can_go_back
        else "remove those entries and set protocolTransition to false"
    )
    return (
        f"{live.short_name} delegates to {len(others)} other entries with Kerberos only; protocol transition is of the whole "
        f"account, so from now on it holds for them too. If it must not, {way_back}. MigrationPair and MigrationMesh always "
        "set it: declare their resources one by one then."
    )


def plan_removal(
    live: ComputerAccount,
    unwanted: Iterable[str],
    ledger: Ledger,
    *,
    shared_with_new: bool = False,
    found: Iterable[str] | None = None,
) -> Removal:
    """Plan the undo: remove the unwanted values, byte for byte, and put back the two bits that nothing of others depends on.

    `shared_with_new` says that a resource of the same run declares entries on this account: then the bits are its.
    `found` is the list as the undo found it, if it has begun: another owner may remove the rest while ours are being
    removed, and then the list is empty by the time it is looked at again.
    """
    doomed = set(unwanted)
    delete = tuple(name for name in live.allowed_to_delegate_to if name in doomed)
    remaining = keys(_left(live, delete))
    control = live.user_account_control
    warnings: list[str] = []
    as_found = _as_found(remaining, ledger)
    if not shared_with_new:
        had_ours = not doomed.isdisjoint(live.allowed_to_delegate_to if found is None else found)
        control = _transition_after(live, ledger, emptied=had_ours and not remaining, as_found=as_found)
        if control == live.user_account_control and not as_found and _set_by_us(live, ledger):
            warnings.append(
                f"{live.short_name}: protocol transition stays on as long as {len(remaining)} other entries are there. The "
                "KerberosDelegation of this stack that removes the last of them switches it off, in this run or on this "
                "machine; else switch it off yourself if they do not need it."
            )
        if ledger.cleared_unconstrained and not has(control, TRUSTED_FOR_DELEGATION):
            if as_found:
                control = with_bit(control, TRUSTED_FOR_DELEGATION, present=True)
            else:
                warnings.append(
                    f"{live.short_name}: unconstrained delegation is not given back as long as {len(remaining)} other entries "
                    "are there that were added since. The KerberosDelegation of this stack that removes the last of them gives "
                    "it back, in this run or on this machine; else give it back yourself."
                )
    change = AccountChange(delete=delete, keep=_endangered(live, delete), user_account_control=_changed(live, control))
    return Removal(change=change, warnings=tuple(warnings), as_found=as_found and not shared_with_new)


def _as_found(entries: frozenset[str], ledger: Ledger) -> bool:
    """Tell whether all these entries, folded, were there at create; one added since may have been added for the bit."""
    return entries <= keys(ledger.names_before or ())


def _set_by_us(live: ComputerAccount, ledger: Ledger) -> bool:
    is_set = has(live.user_account_control, TRUSTED_TO_AUTH_FOR_DELEGATION)
    return is_set and bool(ledger.transition_written) and ledger.transition_before is False


def _transition_after(live: ComputerAccount, ledger: Ledger, *, emptied: bool, as_found: bool) -> int:
    """Return userAccountControl with protocol transition as the undo leaves it.

    An emptied list takes the bit along, or it would leak when two owners of one source go one after the other
    (active-directory.md, 166); only a bit found on an empty list stays.
    """
    control = live.user_account_control
    is_set = has(control, TRUSTED_TO_AUTH_FOR_DELEGATION)
    found_alone = bool(ledger.transition_before) and not ledger.names_before
    if emptied and not found_alone:
        return with_bit(control, TRUSTED_TO_AUTH_FOR_DELEGATION, present=False)
    still_ours = ledger.transition_written is not None and ledger.transition_written == is_set
    if as_found and still_ours and ledger.transition_before is not None:
        return with_bit(control, TRUSTED_TO_AUTH_FOR_DELEGATION, present=ledger.transition_before)
    return control


def _left(live: ComputerAccount, delete: Sequence[str]) -> tuple[str, ...]:
    """Return the list without what is deleted."""
    return tuple(name for name in live.allowed_to_delegate_to if name not in set(delete))


def _endangered(live: ComputerAccount, delete: Sequence[str]) -> tuple[str, ...]:
    """Return the values that must outlive the delete of others which the directory may not tell apart from them."""
    doomed = {alike(name) for name in delete}
    return tuple(name for name in _left(live, delete) if alike(name) in doomed)


def _changed(live: ComputerAccount, control: int) -> int | None:
    return None if control == live.user_account_control else control


def _refuse_account(live: ComputerAccount) -> None:
    if has(live.user_account_control, ACCOUNT_DISABLED):
        raise Conflict(
            f"The account {live.short_name} is disabled; nothing was written. Enable it, or name another source."
        )
    if live.is_domain_controller:
        raise Conflict(
            f"{live.short_name} is a domain controller, whose delegation is not for this resource to change; nothing was "
            "written. Name a Hyper-V host that is a member server as source."
        )


def _refuse_list(live: ComputerAccount, length: int) -> None:
    if length > LIST_LIMIT:
        raise Conflict(
            f"{live.short_name} would delegate to {length} entries, and a domain controller holds little more than "
            f"{LIST_LIMIT}; nothing was written. Declare fewer destinations or services for this source."
        )
