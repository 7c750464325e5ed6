"""What may happen in a history: runs of two stacks, and what somebody else does by hand between and during them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from contract.histories.pictures import MIGRATION, TRANSITION, UNCONSTRAINED, Account, folded

SOURCES = ("HV01", "HV02")
STACKS = ("blue", "green")
SLOTS = (0, 1)

FOREIGN = ("http/web.lab.test", "cifs/FS01", "CIFS/hv02", f"{MIGRATION}/HV02", "cifs/hv01.lab.test")
"""What an administrator may list: something of his own, and what the stacks may want too, in his own spelling."""
REMOVED = (*FOREIGN, "cifs/fs01.lab.test", "cifs/hv02.lab.test", "cifs/HV01")
ANOTHER_BIT = 0x10000
"""DONT_EXPIRE_PASSWORD, which is no business of ours."""


@dataclass(frozen=True)
class Lists:
    """An administrator adds entries to an account's list, or removes them."""

    host: str
    entries: tuple[str, ...]
    add: bool

    def on(self, account: Account) -> Account:
        """Return the account afterwards."""
        change = folded(self.entries)
        return account.holding(account.entries | change if self.add else account.entries - change)

    def as_act(self, account: Account) -> dict[str, Any]:
        """Return it as the embedded directory's administrator is told."""
        del account
        act = "add_delegation" if self.add else "remove_delegation"
        return {"act": act, "computer": self.host, "spns": list(self.entries)}


@dataclass(frozen=True)
class Flips:
    """An administrator sets or clears one bit of userAccountControl."""

    host: str
    bit: int
    present: bool

    def on(self, account: Account) -> Account:
        """Return the account afterwards."""
        return account.with_bit(self.bit, present=self.present)

    def as_act(self, account: Account) -> dict[str, Any]:
        """Return it as the embedded directory's administrator is told."""
        return {"act": "set_user_account_control", "computer": self.host, "value": self.on(account).control}


@dataclass(frozen=True)
class Reissues:
    """An administrator renames an account (and back), deletes it, or makes one of that name again."""

    host: str
    what: str


@dataclass(frozen=True)
class Fault:
    """What goes wrong at the first write of a run."""

    kind: str
    """lost-race, reset-after, reset-before, or busy: the look afterwards is refused once."""
    act: Lists | Flips | None = None


@dataclass(frozen=True)
class Up:
    """One resource of a stack is declared (anew), or taken out of the program, and the stack brought up."""

    stack: str
    slot: int
    declared: dict[str, Any] | None
    refresh: bool = False
    fault: Fault | None = None
    crash: bool = False
    """The provider is killed after its first write, before the engine hears of it."""


@dataclass(frozen=True)
class Refresh:
    """A stack is refreshed."""

    stack: str


@dataclass(frozen=True)
class Replace:
    """A resource is replaced by force, in the order asked for or in the engine's own."""

    stack: str
    slot: int
    create_first: bool


@dataclass(frozen=True)
class Destroy:
    """A stack is destroyed, and its program is empty from then on."""

    stack: str
    fault: Fault | None = None


Step = Lists | Flips | Reissues | Up | Refresh | Replace | Destroy


@dataclass(frozen=True)
class Beginning:
    """How the two sources are found."""

    entries: dict[str, tuple[str, ...]]
    bits: dict[str, int]


stacks = st.sampled_from(STACKS)
slots = st.sampled_from(SLOTS)
# HV01 twice as often, so that resources meet.
sources = st.sampled_from(("HV01", "HV01", "HV02"))
several = st.lists(st.sampled_from(FOREIGN), max_size=2, unique=True).map(tuple)


@st.composite
def declarations(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the inputs of one KerberosDelegation."""
    source = draw(sources)
    others = [host for host in (*SOURCES, "FS01") if host != source]
    destinations = draw(st.lists(st.sampled_from(others), min_size=1, max_size=2, unique=True))
    services = [["cifs"], ["cifs"], ["cifs", MIGRATION], [MIGRATION]] if "FS01" not in destinations else [["cifs"]]
    return {
        "source": source,
        "destinations": destinations,
        "services": draw(st.sampled_from(services)),
        "protocolTransition": draw(st.sampled_from((True, True, False))),
        "replaceUnconstrained": draw(st.sampled_from((True, True, False))),
        "onDestroy": draw(st.sampled_from(("RemoveAdded", "RemoveAdded", "RemoveAdded", "RemoveDeclared"))),
    }


lists = st.builds(
    Lists, sources, st.lists(st.sampled_from(REMOVED), min_size=1, max_size=3, unique=True).map(tuple), st.booleans()
)
flips = st.builds(Flips, sources, st.sampled_from((TRANSITION, TRANSITION, UNCONSTRAINED, ANOTHER_BIT)), st.booleans())
reissues = st.builds(
    Reissues, st.sampled_from((*SOURCES, "FS01")), st.sampled_from(("renames", "deletes", "makes anew"))
)
faults = st.one_of(
    st.builds(Fault, st.just("lost-race"), st.one_of(lists, flips)),
    st.builds(Fault, st.sampled_from(("reset-after", "reset-before", "busy"))),
)
beginnings = st.builds(
    Beginning,
    st.fixed_dictionaries(dict.fromkeys(SOURCES, several)),
    st.fixed_dictionaries(
        {source: st.sampled_from((0, 0, TRANSITION, UNCONSTRAINED, TRANSITION | ANOTHER_BIT)) for source in SOURCES}
    ),
)


def _ups(fault: st.SearchStrategy[Fault | None], crash: st.SearchStrategy[bool]) -> st.SearchStrategy[Up]:
    declared = st.one_of(declarations(), declarations(), declarations(), st.none())
    return st.builds(Up, stacks, slots, declared, st.booleans(), fault, crash)


_never = st.just(None)
_no = st.just(value=False)

calm = st.one_of(
    _ups(_never, _no),
    _ups(_never, _no),
    lists,
    flips,
    st.builds(Refresh, stacks),
    st.builds(Replace, stacks, slots, st.booleans()),
    st.builds(Destroy, stacks),
)
"""What can be done to any directory."""

troubled = st.one_of(
    calm,
    _ups(_never, _no),
    _ups(faults, _no),
    _ups(_never, st.just(value=True)),
    st.builds(Destroy, stacks, faults),
    reissues,
)
"""… and what only the embedded one can be told to do."""
