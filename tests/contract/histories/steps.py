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
    """lost-race, reset-after, reset-before, refused: the write is, or busy: the look afterwards is refused once."""
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
# HV01 more often, so that resources meet and the next declaration is an update and no replacement.
sources = st.sampled_from(("HV01", "HV01", "HV01", "HV01", "HV02"))
several = st.one_of(
    st.sampled_from(((), FOREIGN[:1])), st.lists(st.sampled_from(FOREIGN), max_size=2, unique=True).map(tuple)
)


def _mostly(value: bool, other: int = 5) -> st.SearchStrategy[bool]:
    """Draw the one boolean, and once in a while the other."""
    return st.sampled_from([value] * other + [not value])


@st.composite
def declarations(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the inputs of one KerberosDelegation."""
    source = draw(sources)
    others = [host for host in (*SOURCES, "FS01") if host != source]
    destinations = draw(st.lists(st.sampled_from(others), min_size=1, max_size=2, unique=True))
    services = [["cifs"]] if "FS01" in destinations else [["cifs"], ["cifs", MIGRATION], [MIGRATION]]
    return {
        "source": source,
        "destinations": destinations,
        "services": draw(st.sampled_from(services)),
        "protocolTransition": draw(_mostly(value=True)),
        "replaceUnconstrained": draw(_mostly(value=True)),
        "onDestroy": "RemoveAdded" if draw(_mostly(value=True)) else "RemoveDeclared",
    }


lists = st.builds(
    Lists, sources, st.lists(st.sampled_from(REMOVED), min_size=1, max_size=3, unique=True).map(tuple), st.booleans()
)
flips = st.builds(Flips, sources, st.sampled_from((TRANSITION, TRANSITION, UNCONSTRAINED, ANOTHER_BIT)), st.booleans())
reissues = st.builds(
    Reissues, st.sampled_from((*SOURCES, "FS01")), st.sampled_from(("renames", "deletes", "makes anew"))
)
races = st.builds(Fault, st.just("lost-race"), st.one_of(lists, flips))
leaves = st.builds(Fault, st.just("lost-race"), st.builds(Lists, sources, st.just(FOREIGN[:1]), st.just(value=False)))
"""The last entry of somebody else goes in the moment that ours go."""
faults = st.one_of(races, leaves, st.builds(Fault, st.sampled_from(("reset-after", "reset-before", "refused", "busy"))))
beginnings = st.builds(
    Beginning,
    st.fixed_dictionaries(dict.fromkeys(SOURCES, several)),
    st.fixed_dictionaries(
        dict.fromkeys(SOURCES, st.sampled_from((0, 0, 0, TRANSITION, UNCONSTRAINED, TRANSITION | ANOTHER_BIT)))
    ),
)


def _alone(step: st.SearchStrategy[Step]) -> st.SearchStrategy[list[Step]]:
    return step.map(lambda one: [one])


def _ups(fault: st.SearchStrategy[Fault | None]) -> st.SearchStrategy[list[Step]]:
    return _alone(st.builds(Up, stacks, slots, declarations(), st.booleans(), fault))


@st.composite
def _crash(draw: st.DrawFn) -> list[Step]:
    """Draw a killed provider, and what a user may do first after it."""
    stack, slot, declared = draw(stacks), draw(slots), draw(declarations())
    again: list[list[Step]] = [[Up(stack, slot, declared)], [Refresh(stack)], [Destroy(stack)], []]
    return [Up(stack, slot, declared, crash=True), *draw(st.sampled_from(again))]


@st.composite
def _done_by_hand(draw: st.DrawFn) -> list[Step]:
    """Draw a refused run, an administrator who does by hand what it was to do, and the run again."""
    stack, slot, declared = draw(stacks), draw(slots), draw(declarations())
    by_hand = tuple(f"{declared['services'][0]}/{name}" for name in declared["destinations"])
    refused = Up(stack, slot, declared, fault=Fault("refused"))
    return [refused, Lists(declared["source"], by_hand, add=True), Up(stack, slot, declared)]


EPISODES: dict[str, st.SearchStrategy[list[Step]]] = {
    "up": _ups(st.none()),
    "faulty up": _ups(faults),
    "release": _alone(st.builds(Up, stacks, slots, st.none(), st.booleans())),
    "lists": _alone(lists),
    "flips": _alone(flips),
    "reissues": _alone(reissues),
    "refresh": _alone(st.builds(Refresh, stacks)),
    "replace": _alone(st.builds(Replace, stacks, slots, st.booleans())),
    "destroy": _alone(st.builds(Destroy, stacks)),
    "faulty destroy": _alone(st.builds(Destroy, stacks, faults)),
    "crash": _crash(),
    "done by hand": _done_by_hand(),
}
"""What may come next, as lists: some things come in a row."""


def _in_a_row(weights: dict[str, int], longest: int) -> st.SearchStrategy[list[Step]]:
    # A list of names, because Hypothesis takes equal alternatives for one.
    names = st.sampled_from([name for name, weight in weights.items() for _ in range(weight)])
    episodes = st.lists(names.flatmap(EPISODES.__getitem__), min_size=2, max_size=longest)
    return episodes.map(lambda each: [step for episode in each for step in episode])


_CALM = {"up": 8, "release": 1, "lists": 3, "flips": 2, "refresh": 1, "replace": 1, "destroy": 1}
_TROUBLE = {"faulty up": 4, "faulty destroy": 2, "crash": 3, "done by hand": 1, "reissues": 1}

calm = _in_a_row(_CALM, longest=7)
"""What can be done to any directory."""
troubled = _in_a_row(_CALM | _TROUBLE, longest=9)
"""What only the embedded one can be told to do, beside that."""
