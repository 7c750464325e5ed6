"""What is asked of the directory after every operation."""

from __future__ import annotations

from contract.histories.pictures import BITS, Account, Picture


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
