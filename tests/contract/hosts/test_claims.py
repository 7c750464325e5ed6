"""Several resources of one run on one host: what is refused, what is left, and what comes back (DESIGN §3, Replace).

The calls come in the order in which the engine was seen to make them (resource/deploy/step_generator.go).
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Any

import pytest

from contract.hosts.conftest import MakeBench
from hyperv_migration.lab.scenario import Host, Network
from hyperv_migration.model.errors import Conflict, Unreachable
from hyperv_migration.operations.journal import default_folder
from support.callers import Caller, Held, Place, refused
from support.hosts import Bench

HOST, NETWORK = "MigrationHost", "MigrationNetwork"
HV01 = {"computerName": "hv01.lab.test"}
SETTINGS: dict[str, Any] = {**HV01, "enabled": True, "maximumStorageMigrations": 9}
SUBNET = {**HV01, "subnet": "192.168.10.0/24"}
BOTH = [(HOST, SETTINGS), (NETWORK, SUBNET)]


class Engine:
    """The calls of an `up` for one resource after the other."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.caller: Caller = bench.ready()

    def next_run(self) -> None:
        """Go on in the next run."""
        self._bench.new_run()
        self.caller = self._bench.ready()

    def check(self, kind: str, name: str, given: Mapping[str, Any]) -> list[str]:
        """What is refused."""
        return self.caller.check(kind, given, Place(name=name))[1]

    def create(self, kind: str, name: str, given: Mapping[str, Any]) -> Held:
        """Check and create."""
        checked, failures = self.caller.check(kind, given, Place(name=name))
        assert failures == []
        return self.caller.create(kind, checked, Place(name=name))

    def keep(self, kind: str, name: str, held: Held, given: Mapping[str, Any]) -> None:
        """Check and compare what stays as it is."""
        checked, failures = self.caller.check(kind, given, Place(name=name))
        assert failures == []
        assert not self.caller.diff(kind, *held, checked, Place(name=name))

    def move(self, kind: str, name: str, held: Held, given: Mapping[str, Any]) -> Held:
        """Check, compare, check again without what is old, and create first, which is what the answer says."""
        place = Place(name=name)
        differs = self.caller.diff(kind, *held, self.caller.check(kind, given, place)[0], place)
        assert differs.replaces
        assert not differs.delete_before_replace
        return self.create(kind, name, given)

    def delete(self, kind: str, name: str, held: Held) -> None:
        """Delete."""
        self.caller.delete(kind, held, Place(name=name))


def picture(bench: Bench, name: str = "HV01") -> tuple[Any, ...]:
    """Settings and networks of a host."""
    host = bench.host(name)
    return dict(host.settings), sorted((one.subnet_number, one.metric) for one in host.networks)


@pytest.mark.parametrize(("kind", "given"), BOTH)
def test_a_second_resource_for_one_target_is_refused_in_every_run(
    bench: Bench, kind: str, given: dict[str, Any]
) -> None:
    """In the run that would create both, in the identical next one, and beside one that stays."""
    engine = Engine(bench)
    held = engine.create(kind, "one", given)
    assert "in this program already, one;" in engine.check(kind, "two", given)[0]
    for order in (("keep", "check"), ("check", "keep")):
        engine.next_run()
        said = []
        for act in order:
            said += engine.check(kind, "one" if act == "keep" else "two", given)
        assert len(said) == 1, order
    engine.next_run()
    engine.keep(kind, "one", held, given)
    assert "in this program already, one;" in engine.check(kind, "two", {**given, "computerName": "HV01.lab.test."})[0]


def test_an_alias_that_only_the_host_knows_is_refused_by_the_create(bench: Bench) -> None:
    """No spelling tells; who answers does."""
    bench.configuration["addresses"]["hv01-alias"] = bench.host().url
    engine = Engine(bench)
    engine.create(HOST, "one", SETTINGS)
    with refused(Conflict, match="already, one;"):
        engine.create(HOST, "two", {"computerName": "hv01-alias"})


@pytest.mark.parametrize(("kind", "given"), BOTH)
def test_a_delete_of_what_another_resource_has_changes_nothing(bench: Bench, kind: str, given: dict[str, Any]) -> None:
    """A rename whose run failed: the next run compares the new one and deletes the old one."""
    found, engine = picture(bench), Engine(bench)
    old = engine.create(kind, "old", given)
    engine.next_run()
    shutil.rmtree(default_folder())
    new = engine.create(kind, "new", given)
    engine.next_run()
    declared = picture(bench)
    engine.keep(kind, "new", new, given)
    engine.delete(kind, "old", old)
    assert picture(bench) == declared
    assert "new manages the same" in bench.said.warnings[-1]
    assert str(default_folder()) in bench.said.warnings[-1]
    engine.next_run()
    engine.delete(kind, "new", new)
    assert picture(bench) == found


@pytest.mark.parametrize(("kind", "given"), BOTH)
def test_what_a_replace_has_left_over_is_not_undone(bench: Bench, kind: str, given: dict[str, Any]) -> None:
    """A forced replace whose delete failed: the same resource, the same id, and the engine compares the live one first."""
    found, engine = picture(bench), Engine(bench)
    old = engine.create(kind, "it", given)
    engine.next_run()
    new = engine.create(kind, "it", given)
    engine.next_run()
    declared = picture(bench)
    engine.keep(kind, "it", new, given)
    engine.delete(kind, "it", old)
    assert picture(bench) == declared
    engine.next_run()
    engine.delete(kind, "it", new)
    assert picture(bench) == found


def test_two_leftovers_come_down_to_what_was_found_at_first(bench: Bench) -> None:
    """Two replaces were cut off; whichever is deleted first, what was found is what the first one had found."""
    found = picture(bench)
    for order in ((0, 1), (1, 0)):
        engine = Engine(bench)
        held = []
        for _ in range(3):
            held.append(engine.create(HOST, "it", SETTINGS))
            engine.next_run()
        engine.keep(HOST, "it", held[2], SETTINGS)
        for number in order:
            engine.delete(HOST, "it", held[number])
        engine.next_run()
        engine.delete(HOST, "it", held[2])
        assert picture(bench) == found
        engine.next_run()


@pytest.mark.parametrize(("kind", "given"), BOTH)
def test_delete_before_replace_deletes(bench: Bench, kind: str, given: dict[str, Any]) -> None:
    """A program that asks for it: a check after the comparison, or no comparison at all, and then the delete."""
    found = picture(bench)
    for compared in (True, False):
        engine = Engine(bench)
        held = engine.create(kind, "it", given)
        engine.next_run()
        if compared:
            engine.keep(kind, "it", held, given)
            assert engine.check(kind, "it", given) == []
        else:
            assert engine.check(kind, "it", given) == []
        engine.delete(kind, "it", held)
        assert picture(bench) == found
        engine.next_run()


def test_a_misspelt_name_leaves_the_old_host_as_it_is(bench: Bench) -> None:
    """The new target is reached before the old one loses anything."""
    engine = Engine(bench)
    network = engine.create(NETWORK, "net", SUBNET)
    given = {**SETTINGS, "useAnyNetwork": False, "networks": [network[0]]}
    engine.create(HOST, "host", given)
    engine.next_run()
    before = picture(bench)
    with refused(Unreachable):
        engine.move(NETWORK, "net", network, {**SUBNET, "computerName": "hv01.lab.tset"})
    assert picture(bench) == before
    assert bench.host().journal.received() == []


def test_a_move_never_leaves_a_host_without_a_listener(bench_of: MakeBench) -> None:
    """The new host has its network before its any-network pair goes; the old one has its pair back before its network goes."""
    pair = tuple(
        Network(subnet_number=any_, prefix_length=0, tags=("Microsoft:UserManagedAllNetworks",))
        for any_ in ("0.0.0.0", "::")
    )
    bench = bench_of(*(Host(name=name, networks=pair) for name in ("HV01", "HV02")))
    found = picture(bench, "HV01"), picture(bench, "HV02")
    engine = Engine(bench)
    network = engine.create(NETWORK, "net", SUBNET)
    given = {**SETTINGS, "useAnyNetwork": False, "networks": [network[0]]}
    host = engine.create(HOST, "host", given)
    declared = picture(bench, "HV01")
    engine.next_run()
    counts: list[int] = []
    there = {"computerName": "hv02.lab.test"}
    moved = engine.move(NETWORK, "net", network, {**SUBNET, **there})
    counts += [len(bench.host(name).networks) for name in ("HV01", "HV02")]
    moved_host = engine.move(HOST, "host", host, {**given, **there, "networks": [moved[0]]})
    counts += [len(bench.host(name).networks) for name in ("HV01", "HV02")]
    engine.delete(HOST, "host", host)
    counts += [len(bench.host(name).networks) for name in ("HV01", "HV02")]
    engine.delete(NETWORK, "net", network)
    assert min(counts) > 0
    assert (picture(bench, "HV01"), picture(bench, "HV02")) == (found[0], declared)
    engine.next_run()
    engine.delete(HOST, "host", moved_host)
    engine.delete(NETWORK, "net", moved)
    assert picture(bench, "HV02") == found[1]


def test_another_spelling_of_the_same_host_writes_nothing_and_forgets_nothing(bench: Bench) -> None:
    """Only who answers can tell; the create finds the host of the old state, and takes over what that one knew."""
    bench.configuration["addresses"]["hv01-alias"] = bench.host().url
    found, engine = picture(bench), Engine(bench)
    network = engine.create(NETWORK, "net", SUBNET)
    host = engine.create(HOST, "host", SETTINGS)
    declared = picture(bench)
    engine.next_run()
    alias = {"computerName": "hv01-alias"}
    network_again = engine.move(NETWORK, "net", network, {**SUBNET, **alias})
    host_again = engine.move(HOST, "host", host, {**SETTINGS, **alias})
    engine.delete(HOST, "host", host)
    engine.delete(NETWORK, "net", network)
    assert picture(bench) == declared
    assert [one for one in bench.host().journal.received() if one.kind == "Invoke"] == []
    assert bench.said.warnings == []
    assert (host_again[0], network_again[0]) == (host[0], network[0])
    assert host_again[1]["priorSettings"] == host[1]["priorSettings"]
    # Another machine, as a CI runner is: nothing is needed of this one.
    shutil.rmtree(default_folder())
    engine.next_run()
    engine.delete(HOST, "host", host_again)
    engine.delete(NETWORK, "net", network_again)
    assert picture(bench) == found


def test_a_change_that_the_program_takes_for_a_replace_forgets_nothing(bench: Bench) -> None:
    """ReplaceOnChanges: the comparison is of the same machine, and its state is what the create goes on from."""
    found, engine = picture(bench), Engine(bench)
    held = engine.create(HOST, "host", SETTINGS)
    engine.next_run()
    given = {**SETTINGS, "maximumStorageMigrations": 5}
    differs = engine.caller.diff(
        HOST, *held, engine.caller.check(HOST, given, Place(name="host"))[0], Place(name="host")
    )
    assert differs
    again = engine.create(HOST, "host", given)
    engine.delete(HOST, "host", held)
    shutil.rmtree(default_folder())
    engine.next_run()
    engine.delete(HOST, "host", again)
    assert picture(bench) == found


def test_a_rename_on_another_machine_is_told_with_its_values(bench: Bench) -> None:
    """What only the journal knows is named, with what to do where the journal is gone."""
    bench.host().change(MaximumActiveStorageMigration=3)
    engine = Engine(bench)
    old = engine.create(HOST, "old", SETTINGS)
    engine.next_run()
    shutil.rmtree(default_folder())
    engine.create(HOST, "new", SETTINGS)
    engine.delete(HOST, "old", old)
    said = bench.said.warnings[-1]
    assert "hv01.lab.test" in said
    assert "Found at first: enabled false, maximumStorageMigrations 3. This is noted on this machine only (" in said
    assert (
        "destroy does not put it back: set it by hand then. Where it was renamed, an alias avoids this: docs/renaming.md."
        in said
    )


def test_a_refresh_does_not_keep_a_delete_from_its_work(bench: Bench) -> None:
    """With `up --refresh` one process reads what it deletes afterwards."""
    found, engine = picture(bench), Engine(bench)
    held = engine.create(HOST, "it", SETTINGS)
    engine.next_run()
    assert engine.caller.read(HOST, held, Place(name="it")) is not None
    engine.delete(HOST, "it", held)
    assert picture(bench) == found


@pytest.mark.parametrize("metric", [None, 5])
def test_an_heir_that_came_first_needs_no_note(bench_of: MakeBench, metric: int | None) -> None:
    """A rename that failed is taken back: the new resources found what the old ones had made, and each run has a fresh home."""
    there = () if metric is None else (Network(subnet_number="192.168.10.0", prefix_length=24, metric=metric),)
    bench = bench_of(Host(name="HV01", networks=there))
    found, engine = picture(bench), Engine(bench)
    given = {NETWORK: {**SUBNET, "priority": 7}, HOST: SETTINGS}
    old = {kind: engine.create(kind, "old", declared) for kind, declared in given.items()}
    engine.next_run()
    shutil.rmtree(default_folder())
    other = {NETWORK: {**SUBNET, "priority": 8}, HOST: {**SETTINGS, "maximumStorageMigrations": 5}}
    new = {kind: engine.create(kind, "new", declared) for kind, declared in other.items()}
    for kind, declared in given.items():
        engine.next_run()
        shutil.rmtree(default_folder(), ignore_errors=True)
        engine.keep(kind, "old", old[kind], declared)
        engine.delete(kind, "new", new[kind])
        assert bench.said.warnings == []
        assert not default_folder().exists() or list(default_folder().iterdir()) == []
        # What a refresh sees, and an update repairs.
        seen = engine.caller.read(kind, old[kind], Place(name="old"))
        assert seen is not None
        held = (old[kind][0], seen)
        checked, _ = engine.caller.check(kind, declared, Place(name="old"))
        old[kind] = (held[0], engine.caller.update(kind, held, checked, Place(name="old")))
    engine.next_run()
    for kind in (HOST, NETWORK):
        engine.delete(kind, "old", old[kind])
    assert picture(bench) == found


def test_an_heir_of_this_run_that_found_what_was_made_is_told(bench: Bench) -> None:
    """Its state is made of what it found, so it does not pass for the first one, whatever the two declare."""
    for other in (SETTINGS, {**SETTINGS, "maximumStorageMigrations": 5}):
        found, engine = picture(bench), Engine(bench)
        old = {kind: engine.create(kind, "old", given) for kind, given in BOTH}
        engine.next_run()
        shutil.rmtree(default_folder())
        new = {HOST: engine.create(HOST, "new", other), NETWORK: engine.create(NETWORK, "new", SUBNET)}
        for kind in (HOST, NETWORK):
            engine.delete(kind, "old", old[kind])
            assert "noted on this machine only" in bench.said.warnings[-1]
        engine.next_run()
        for kind in (HOST, NETWORK):
            engine.delete(kind, "new", new[kind])
        assert picture(bench) == found
        engine.next_run()


@pytest.mark.parametrize(("kind", "given"), BOTH)
def test_an_alias_is_spoken_of_only_where_one_helps(bench: Bench, kind: str, given: dict[str, Any]) -> None:
    """A replace of the same resource has the same name, so no alias helps; this machine does."""
    engine = Engine(bench)
    old = engine.create(kind, "it", given)
    engine.next_run()
    shutil.rmtree(default_folder())
    new = engine.create(kind, "it", given)
    engine.delete(kind, "it", old)
    said = bench.said.warnings[-1]
    assert said.endswith("No alias can help here: run the next command on this machine: docs/renaming.md.")
    assert new
