"""What a delegation must remember in order to be undone. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hyperv_migration.model.account_change import AccountChange
from hyperv_migration.model.account_control import TRUSTED_FOR_DELEGATION, TRUSTED_TO_AUTH_FOR_DELEGATION, has
from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.model.declaration import State
from hyperv_migration.model.spn import keys, listed_as

HANDED_ON = "handedOn"
"""Marks a note by which a resource hands its ledger on: nothing was written then."""
INHERITS = "inherits"
"""Marks the note of a write by who has taken a ledger over that no state has yet."""


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """What was found, and what of the account's present state is this resource's doing."""

    added: tuple[str, ...] = ()
    """Entries this resource put there and that are still there; one that was found is never among them."""
    names_before: tuple[str, ...] | None = None
    """The list found at create; None where nothing is known of before, as after an import."""
    transition_before: bool | None = None
    transition_written: bool | None = None
    cleared_unconstrained: bool = False

    @property
    def wrote_bits(self) -> bool:
        """Whether this resource wrote one of the two bits."""
        return self.transition_written is not None or self.cleared_unconstrained

    @classmethod
    def opened(cls, found: ComputerAccount) -> Ledger:
        """Start the ledger of a new resource with what is there before its first write."""
        return cls(
            names_before=found.allowed_to_delegate_to,
            transition_before=has(found.user_account_control, TRUSTED_TO_AUTH_FOR_DELEGATION),
        )

    @classmethod
    def resumed(
        cls, live: ComputerAccount, found: State, intended: Mapping[str, Any], *, known: Ledger | None = None
    ) -> Ledger:
        """Go on with the ledger of a grant that was killed after its write, if the account shows that write.

        `found` is the ledger as noted before the write, `intended` what was about to be sent (`intent`); `known` is
        what the state knows, None for a create. What was handed on stands in no state, so it is kept in any case.
        """
        if not took_effect(intended, live):
            noted = cls.of(found).seen(live)
            if intended.get(HANDED_ON) or intended.get(INHERITS):
                return noted
            return known or (noted if noted.added else cls.opened(live))
        change = AccountChange(
            add=tuple(intended.get("add") or ()), user_account_control=intended.get("userAccountControl")
        )
        before = replace(live, user_account_control=int(intended["before"]))
        return cls.of(found).after(change, before, live)

    @classmethod
    def of(cls, state: State) -> Ledger:
        """Read the ledger out of a resource's state."""
        before = state.get("servicePrincipalNamesBefore")
        return cls(
            added=tuple(state.get("addedServicePrincipalNames") or ()),
            names_before=None if before is None else tuple(before),
            transition_before=state.get("protocolTransitionBefore"),
            transition_written=state.get("writtenProtocolTransition"),
            cleared_unconstrained=bool(state.get("clearedUnconstrained")),
        )

    def as_state(self) -> dict[str, Any]:
        """Return the ledger's part of a resource's state; what is not known is not there."""
        known = {
            "addedServicePrincipalNames": list(self.added),
            "servicePrincipalNamesBefore": None if self.names_before is None else list(self.names_before),
            "protocolTransitionBefore": self.transition_before,
            "writtenProtocolTransition": self.transition_written,
            "clearedUnconstrained": self.cleared_unconstrained,
        }
        return {name: value for name, value in known.items() if value is not None}

    def inheriting(self, other: Ledger, entries: Iterable[str]) -> Ledger:
        """Take over what another resource has added and found, as far as this one took it for the account as it was.

        The other one was there first if this one found what it had added. Who was there first knows what was before.
        """
        before = None if self.names_before is None else keys(self.names_before)
        later = bool(keys(other.added)) if before is None else bool(keys(other.added) & before)
        merged = replace(
            self,
            added=tuple(dict.fromkeys([*self.added, *entries])),
            names_before=other.names_before if later else self.names_before,
            cleared_unconstrained=self.cleared_unconstrained or other.cleared_unconstrained,
        )
        if other.transition_written is None or not (later or self.transition_written is None):
            return merged
        written = other.transition_written if self.transition_written is None else self.transition_written
        return replace(merged, transition_before=other.transition_before, transition_written=written)

    def seen(self, live: ComputerAccount) -> Ledger:
        """Drop the added entries that are there no more; the rest takes the directory's spelling."""
        return replace(self, added=listed_as(self.added, live.allowed_to_delegate_to))

    def after(self, change: AccountChange, before: ComputerAccount, live: ComputerAccount) -> Ledger:
        """Enter a change that was sent on the grounds of `before`, as far as `live`, read afterwards, shows its effect."""
        entered = replace(self, added=(*self.added, *change.add)).seen(live)
        if change.user_account_control is None:
            return entered
        flipped = change.user_account_control ^ before.user_account_control
        took_effect = flipped & ~(change.user_account_control ^ live.user_account_control)
        if has(took_effect, TRUSTED_TO_AUTH_FOR_DELEGATION):
            written = has(change.user_account_control, TRUSTED_TO_AUTH_FOR_DELEGATION)
            entered = replace(entered, transition_written=written)
        if has(took_effect, TRUSTED_FOR_DELEGATION):
            cleared = not has(change.user_account_control, TRUSTED_FOR_DELEGATION)
            entered = replace(entered, cleared_unconstrained=cleared)
        return entered

    def assuming(self, change: AccountChange, before: ComputerAccount) -> Ledger:
        """Enter a change whose effect could not be read: better one entry too many to look at than one forgotten."""
        control = before.user_account_control if change.user_account_control is None else change.user_account_control
        hoped = replace(
            before,
            allowed_to_delegate_to=(*before.allowed_to_delegate_to, *change.add),
            user_account_control=control,
        )
        return self.after(change, before, hoped)


def took_effect(intended: Mapping[str, Any], live: ComputerAccount) -> bool:
    """Tell whether an account shows what was about to be sent, as `intent` noted it."""
    added = keys(intended.get("add") or ())
    return bool(added & keys(live.allowed_to_delegate_to)) or (
        intended.get("userAccountControl") == live.user_account_control
    )


def intent(change: AccountChange, before: ComputerAccount) -> dict[str, Any]:
    """Return what a change is about to do, as the journal keeps it for `Ledger.resumed`."""
    return {
        "add": list(change.add),
        "userAccountControl": change.user_account_control,
        "before": before.user_account_control,
    }
