"""What may happen to a host in a history: runs of two stacks, an administrator, a cluster, and trouble."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from contract.histories.hosts.pictures import CLUSTER, PERFORMANCE, USER
from hyperv_migration.lab.options import INVALID_PARAMETER, Options

HOSTS = ("HV01", "HV02")
STACKS = ("blue", "green")
NETWORKS = ("net0", "net1")
SLOTS = (*NETWORKS, "host")
"""In the order in which a program with the networks input is brought up; destroyed the other way round."""

POOLS = {"net0": ("192.168.10.0/24", "fd00:10::/64"), "net1": ("192.168.20.0/24", "192.168.30.1/32")}
"""The subnets of each resource: shared with the other stack, and with no other resource of the same one."""
SPELLED = {"fd00:10::/64": "FD00:0010:0::/64", "192.168.30.1/32": "192.168.30.1"}
SUBNETS = tuple(subnet for pool in POOLS.values() for subnet in pool)
OTHERS = ("10.77.0.0/16",)
"""What no program declares."""

VALUES: dict[str, tuple[Any, ...]] = {
    "enabled": (True, True, False),
    "authenticationType": ("Kerberos", "CredSSP"),
    "performanceOption": tuple(PERFORMANCE),
    "maximumVirtualMachineMigrations": (0, 2, 5),
    "maximumStorageMigrations": (0, 4),
    "useAnyNetwork": (True, False, False),
}


@dataclass(frozen=True)
class Sets:
    """An administrator changes one setting."""

    host: str
    name: str
    value: Any


@dataclass(frozen=True)
class Lists:
    """An administrator, or a cluster, adds a network; or one is removed or given another metric, whoever manages it."""

    host: str
    what: str
    """adds, clusters (adds as ClusterManaged), either though it may be there ("again", "too"), removes, ranks, takes over."""
    subnet: str
    metric: int = 0


@dataclass(frozen=True)
class AnyNetwork:
    """An administrator adds the any-network pair, or takes it away."""

    host: str
    present: bool


@dataclass(frozen=True)
class Becomes:
    """What the machine is changes: renamed and back, installed anew, joins a failover cluster or leaves it."""

    host: str
    what: str


@dataclass(frozen=True)
class Fault:
    """What goes wrong on HV01 in a run, at the nth method call or, if only reading fails, at the nth enumeration."""

    kind: str
    """answer lost, lost before, silence, refused, failed job, half-done job, unreadable, or race."""
    nth: int = 0
    act: Lists | AnyNetwork | None = None


@dataclass(frozen=True)
class Up:
    """Resources of a stack are declared (anew), or taken out of the program, and the stack is brought up."""

    stack: str
    declared: dict[str, dict[str, Any] | None]
    refresh: bool = False
    fault: Fault | None = None
    crash: str = ""
    """At this resource the provider is killed after its work, before the engine hears of it."""


@dataclass(frozen=True)
class Refresh:
    """A stack is refreshed."""

    stack: str


@dataclass(frozen=True)
class Replace:
    """A resource is replaced by force, in either order."""

    stack: str
    slot: str
    create_first: bool


@dataclass(frozen=True)
class Import:
    """What is there is imported, if the stack does not have the resource yet."""

    stack: str
    slot: str
    host: str
    subnet: str = ""


@dataclass(frozen=True)
class Destroy:
    """A stack is destroyed, and its program is empty from then on."""

    stack: str
    fault: Fault | None = None


ByHand = Sets | Lists | AnyNetwork | Becomes
Step = ByHand | Up | Refresh | Replace | Import | Destroy


@dataclass(frozen=True)
class Beginning:
    """How the hosts are found, and which of the open guesses about real hosts holds."""

    steps: tuple[ByHand, ...]
    options: Options = field(default_factory=Options)
    jobs: bool = False


stacks = st.sampled_from(STACKS)
# HV01 more often, so that resources meet.
hosts = st.sampled_from(("HV01",) * 5 + ("HV02",))


def _rarely(value: Any, other: Any, weight: int = 6) -> st.SearchStrategy[Any]:
    return st.sampled_from([other] * weight + [value])


@st.composite
def _host(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(tuple(VALUES)), max_size=4, unique=True))
    inputs = {name: draw(st.sampled_from(VALUES[name])) for name in names}
    return {
        "computerName": draw(hosts),
        **inputs,
        "networks": draw(st.booleans()),
        "onDestroy": draw(_rarely("Disable", "Restore")),
        "allowClustered": draw(_rarely(value=False, other=True, weight=2)),
    }


@st.composite
def _network(draw: st.DrawFn, slot: str) -> dict[str, Any]:
    subnet = draw(st.sampled_from(POOLS[slot]))
    priority = draw(st.sampled_from((None, 0, 1, 7)))
    return {
        "computerName": draw(hosts),
        "subnet": draw(_rarely(SPELLED.get(subnet, subnet), subnet, weight=2)),
        **({} if priority is None else {"priority": priority}),
        "onDestroy": draw(_rarely("Remove", "Restore")),
        "allowClustered": draw(_rarely(value=False, other=True, weight=2)),
    }


def _declaration(slot: str) -> st.SearchStrategy[dict[str, Any]]:
    return _host() if slot == "host" else _network(slot)


@st.composite
def _programs(draw: st.DrawFn) -> dict[str, dict[str, Any] | None]:
    """Draw changes of a program: one to three of its resources, each declared anew or, rarely, taken out."""
    slots = draw(st.lists(st.sampled_from(SLOTS), min_size=1, max_size=3, unique=True))
    return {slot: None if draw(_rarely(value=True, other=False)) else draw(_declaration(slot)) for slot in slots}


sets = st.sampled_from([name for name in VALUES if name != "useAnyNetwork"]).flatmap(
    lambda name: st.builds(Sets, hosts, st.just(name), st.sampled_from(VALUES[name]))
)
lists = st.builds(
    Lists,
    hosts,
    st.sampled_from(("adds", "adds", "removes", "removes", "ranks", "clusters", "adds again", "takes over")),
    st.sampled_from((*SUBNETS, *SUBNETS, *OTHERS)),
    st.sampled_from((0, 3, 7)),
)
pairs = st.builds(AnyNetwork, hosts, st.booleans())
becoming = st.builds(
    Becomes, hosts, st.sampled_from(("renamed", "installed anew", "joins a cluster", "leaves the cluster"))
)
TAGS = {"adds": (USER,), "adds again": (USER,), "clusters": (CLUSTER,), "clusters too": (CLUSTER,)}

_races = st.builds(
    Fault,
    st.just("race"),
    st.sampled_from((0, 0, 1)),
    st.one_of(
        lists.map(lambda act: Lists("HV01", act.what, act.subnet, act.metric)),
        st.just(AnyNetwork("HV01", present=True)),
    ),
)
_KINDS = ("answer lost", "lost before", "silence", "refused", "failed job", "half-done job", "unreadable")
faults = st.one_of(st.builds(Fault, st.sampled_from(_KINDS), st.sampled_from((0, 0, 0, 1, 2))), _races)

beginnings = st.builds(
    Beginning,
    st.lists(st.one_of(sets, lists, pairs), max_size=4).map(tuple),
    st.builds(
        Options,
        duplicate_network=st.sampled_from((INVALID_PARAMETER, INVALID_PARAMETER, 0)),
        absent_reference=st.sampled_from((INVALID_PARAMETER, 0)),
        any_network_v6=st.sampled_from(("::", "::0")),
        normalise_v6=st.booleans(),
        omitted_settings=st.sampled_from(("keep", "reset")),
        omitted_tags=st.sampled_from(("keep", "clear")),
        job_polls=st.just(1),
    ),
    _rarely(value=True, other=False, weight=3),
)


def _canonical(subnet: str) -> str:
    return next((one for one, spelled in SPELLED.items() if spelled == subnet), subnet)


@st.composite
def _crash(draw: st.DrawFn) -> list[Step]:
    """Draw a killed provider, and what a user may do first after it."""
    stack, slot = draw(stacks), draw(st.sampled_from(SLOTS))
    declared = {slot: draw(_declaration(slot))}
    subnet = _canonical(declared[slot].get("subnet", ""))
    anew = Import(stack, slot, declared[slot]["computerName"], subnet)
    again: list[list[Step]] = [
        [Up(stack, declared)],
        [Refresh(stack)],
        [Destroy(stack)],
        [anew],
        [anew, Destroy(stack)],
        [],
    ]
    return [Up(stack, declared, crash=slot), *draw(st.sampled_from(again))]


@st.composite
def _import(draw: st.DrawFn) -> list[Step]:
    stack, slot = draw(stacks), draw(st.sampled_from(SLOTS))
    subnet = "" if slot == "host" else draw(st.sampled_from(POOLS[slot]))
    return [Import(stack, slot, draw(hosts), subnet)]


@st.composite
def _any_network_off(draw: st.DrawFn) -> list[Step]:
    """Draw the document's scenario: a network, the host on it, the pair off."""
    stack, network = draw(stacks), draw(_network("net0"))
    host = {**draw(_host()), "computerName": network["computerName"], "useAnyNetwork": False, "networks": True}
    return [AnyNetwork(network["computerName"], present=True), Up(stack, {"net0": network, "host": host})]


@st.composite
def _again(draw: st.DrawFn) -> list[Step]:
    """Draw a resource that is declared otherwise in the next run, where something may go wrong: an update."""
    stack, slot = draw(stacks), draw(st.sampled_from((*SLOTS, "host")))
    first, second = draw(_declaration(slot)), draw(_declaration(slot))
    kept = {name: first[name] for name in ("computerName", "subnet") if name in first}
    between: list[list[Step]] = [[], [draw(lists)], [draw(sets)], [draw(pairs)]]
    fault = draw(st.one_of(st.none(), faults))
    last = Up(stack, {slot: {**second, **kept, "allowClustered": True}}, draw(st.booleans()), fault)
    return [Up(stack, {slot: first}), *draw(st.sampled_from(between)), last]


@st.composite
def _beside(draw: st.DrawFn) -> list[Step]:
    """Draw a network of ours that others then list too, take over, or remove, and what a stack does next."""
    stack, slot = draw(stacks), draw(st.sampled_from(NETWORKS))
    declared = {**draw(_network(slot)), "computerName": "HV01"}
    subnet = _canonical(declared["subnet"])
    act = Lists("HV01", draw(st.sampled_from(("adds again", "clusters too", "takes over", "removes"))), subnet, 5)
    again = {slot: {**declared, "priority": draw(st.sampled_from((0, 9)))}}
    after: list[list[Step]] = [[Up(stack, again)], [Refresh(stack)], [Destroy(stack)]]
    return [Up(stack, {slot: declared}), act, *draw(st.sampled_from(after))]


@st.composite
def _cluster(draw: st.DrawFn) -> list[Step]:
    """Draw a host that is a cluster node for a while, with entries of the cluster's."""
    stack, slot = draw(stacks), draw(st.sampled_from(SLOTS))
    entry = Lists("HV01", "clusters", draw(st.sampled_from(SUBNETS)), 9)
    node = [Becomes("HV01", "joins a cluster"), entry, Up(stack, {slot: draw(_declaration(slot))})]
    return [*node, Becomes("HV01", draw(st.sampled_from(("leaves the cluster", "joins a cluster"))))]


def _alone(step: st.SearchStrategy[Step]) -> st.SearchStrategy[list[Step]]:
    return step.map(lambda one: [one])


EPISODES: dict[str, st.SearchStrategy[list[Step]]] = {
    "up": _alone(st.builds(Up, stacks, _programs(), st.booleans())),
    "faulty up": _alone(st.builds(Up, stacks, _programs(), st.booleans(), faults)),
    "sets": _alone(sets),
    "lists": _alone(lists),
    "any": _alone(pairs),
    "any off": _any_network_off(),
    "becomes": _alone(becoming),
    "refresh": _alone(st.builds(Refresh, stacks)),
    "replace": _alone(st.builds(Replace, stacks, st.sampled_from(SLOTS), st.booleans())),
    "import": _import(),
    "destroy": _alone(st.builds(Destroy, stacks)),
    "faulty destroy": _alone(st.builds(Destroy, stacks, faults)),
    "crash": _crash(),
    "again": _again(),
    "beside": _beside(),
    "cluster": _cluster(),
}
"""What may come next, as lists: some things come in a row."""
WEIGHTS = {
    "up": 7,
    "faulty up": 6,
    "again": 6,
    "sets": 2,
    "lists": 4,
    "any": 1,
    "any off": 2,
    "becomes": 1,
    "refresh": 1,
    "replace": 2,
    "import": 1,
    "destroy": 1,
    "faulty destroy": 2,
    "crash": 3,
    "beside": 2,
    "cluster": 1,
}
# A list of names, because Hypothesis takes equal alternatives for one.
_names = st.sampled_from([name for name, weight in WEIGHTS.items() for _ in range(weight)])
histories = st.lists(_names.flatmap(EPISODES.__getitem__), min_size=2, max_size=6).map(
    lambda each: [step for episode in each for step in episode]
)
