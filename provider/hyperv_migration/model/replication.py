"""Whether a change has reached the other domain controllers. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hyperv_migration.model.account_change import AccountChange
from hyperv_migration.model.account_control import DELEGATION_BITS
from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.errors import Conflict
from hyperv_migration.model.spn import keys


@dataclass(frozen=True, kw_only=True)
class ReplicaAnswer:
    """What another domain controller says of an account."""

    account: ComputerAccount | None = None
    """None: it does not know the account, or did not answer."""
    unreachable: str | None = None
    """Why it did not answer; None when it did."""


def fulfils(account: ComputerAccount | None, plan: Callable[[ComputerAccount], AccountChange]) -> bool:
    """Tell whether one domain controller's view of an account is as one resource wants it: its plan has nothing to do there.

    What other resources did to the account meanwhile does not count. A view that the plan refuses is one of before.
    """
    try:
        return account is not None and not plan(account)
    except Conflict:
        return False


def shows(
    account: ComputerAccount | None, like: ComputerAccount, names: Iterable[str], bits: int = DELEGATION_BITS
) -> bool:
    """Tell whether one domain controller's view of an account has what another's has, for these entries and bits.

    The values themselves are compared, because that is the evidence a KDC goes by (active-directory.md, 59).
    """
    if account is None:
        return False
    watched = keys(names)
    same_list = keys(account.allowed_to_delegate_to) & watched == keys(like.allowed_to_delegate_to) & watched
    return same_list and not (account.user_account_control ^ like.user_account_control) & bits
