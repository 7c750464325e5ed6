"""Several delegations of one source, destroyed in any order, at once, or in runs of their own: what was found comes back."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from contract.directory.domains import MEMBER, TRANSITION, Domain
from hyperv_migration.operations.journal import Journal, default_folder
from support.callers import Held, Place
from support.samba_bench import KIND, Bench, checked, new_run

UNCONSTRAINED = 0x81000
FOUND = [
    ([], MEMBER),
    ([], TRANSITION),
    ([], UNCONSTRAINED),
    (["cifs/x"], MEMBER),
    (["cifs/x"], TRANSITION),
    (["cifs/x"], UNCONSTRAINED),
    (["CIFS/hv02.LAB.test", "cifs/HV02:445"], MEMBER),
]
THREE = {
    "a": {"services": ["cifs"]},
    "b": {"services": ["cifs"], "destinations": ["FS01"]},
    "c": {"services": ["http"], "destinations": ["FS01"]},
}
found_variants = pytest.mark.parametrize(
    ("names", "control"), FOUND, ids=[f"{control:#x}-{len(names)}" for names, control in FOUND]
)


class Three:
    """Three resources of one stack on HV01, which each run knows by their states only."""

    def __init__(self, bench: Bench, domain: Domain) -> None:
        self.bench, self.domain = bench, domain

    def made(self, names: Sequence[str], control: int) -> dict[str, Held]:
        """Create one after the other on an account that is found so."""
        self.domain.set_delegation("HV01", list(names), control)
        self.begin_run()
        return {
            name: self.bench.caller.create(
                KIND,
                checked(**{"replaceUnconstrained": True, "waitForReplication": "None", **given}),
                Place(name=name),
            )
            for name, given in THREE.items()
        }

    def begin_run(self) -> None:
        """Go on in another process."""
        new_run()
        self.bench.ready()

    def delete(self, name: str, held: Held) -> None:
        """Delete one of them."""
        self.bench.caller.delete(KIND, held, Place(name=name))


@pytest.fixture
def three(bench: Bench, domain: Domain) -> Iterator[Three]:
    """Through each face, on each directory."""
    yield Three(bench, domain)
    domain.set_delegation("HV01", [], MEMBER)


@found_variants
def test_in_any_order_in_one_run(three: Three, names: list[str], control: int) -> None:
    """The machine keeps nothing between the runs, as a CI runner does; one run is enough."""
    for order in itertools.permutations(THREE):
        made = three.made(names, control)
        shutil.rmtree(default_folder(), ignore_errors=True)
        three.begin_run()
        for name in order:
            three.delete(name, made[name])
        assert three.domain.delegation("HV01") == (set(names), control), order


@found_variants
def test_in_any_order_in_runs_of_their_own(three: Three, names: list[str], control: int) -> None:
    """This machine notes what the first one knew; at the end it keeps nothing of it."""
    for order in itertools.permutations(THREE):
        made = three.made(names, control)
        for name in order:
            three.begin_run()
            three.delete(name, made[name])
        assert three.domain.delegation("HV01") == (set(names), control), order
    assert [path for path in default_folder().glob("*.json") if "departures" in path.read_text()] == []


@found_variants
def test_at_once(three: Three, names: list[str], control: int) -> None:
    """As the engine does; whoever writes last sees what the others have left."""
    made = three.made(names, control)
    three.begin_run()
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda item: three.delete(*item), made.items()))
    assert three.domain.delegation("HV01") == (set(names), control)


def test_what_came_later_is_not_concerned(three: Three) -> None:
    """What an earlier destroy left because of others' entries is found by the next resource, as anything else is."""
    made = three.made([], MEMBER)
    three.begin_run()
    three.domain.set_delegation("HV01", [*three.domain.delegation("HV01")[0], "cifs/theirs"], TRANSITION)
    for name in THREE:
        three.delete(name, made[name])
    assert three.domain.delegation("HV01") == ({"cifs/theirs"}, TRANSITION)
    three.begin_run()
    for given in ({"services": ["host"]}, THREE["c"]):
        later = three.bench.caller.create(KIND, checked(**given, waitForReplication="None"), Place(name="later"))
        three.begin_run()
        three.delete("later", later)
        assert three.domain.delegation("HV01") == ({"cifs/theirs"}, TRANSITION)


def test_only_what_others_need_is_noted(three: Three, monkeypatch: pytest.MonkeyPatch) -> None:
    """One delegation alone on its account leaves no note."""
    kept: list[str] = []
    monkeypatch.setattr(Journal, "keep", lambda _self, target, **_given: kept.append(target))
    three.begin_run()
    held = three.bench.caller.create(KIND, checked(services=["cifs"], waitForReplication="None"), Place(name="a"))
    three.begin_run()
    three.delete("a", held)
    assert [target for target in kept if "departures" in target] == []
