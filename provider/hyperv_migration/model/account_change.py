"""The one write a delegation makes, as a record."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AccountChange:
    """One LDAP modify of a computer account: exact values of its list, and userAccountControl by compare-and-swap."""

    add: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()
    """In the directory's own spelling."""
    keep: tuple[str, ...] = ()
    """Values that stay but that the directory could take for one to be deleted: deleted with it and added again at once."""
    user_account_control: int | None = None
    """The new value; None leaves it. The old one, which must still be there, is the account's as last read."""
    swap: bool = True
    """False replaces userAccountControl whatever it is by now."""

    @property
    def swaps(self) -> bool:
        """Whether the old userAccountControl is named beside the new one."""
        return self.swap and self.user_account_control is not None

    def __bool__(self) -> bool:
        return bool(self.add or self.delete or self.user_account_control is not None)
