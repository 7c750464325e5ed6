"""Two resources of one source, as two stacks or two directions have them, and a second domain controller that follows."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from contract.directory.domains import MEMBER, PASSWORD, TRANSITION
from contract.directory.pairs import Pair, running_pair
from hyperv_migration.model.errors import MigrationError
from support.callers import Caller, Place
from support.samba_bench import KIND, Bench, new_run

ONE, OTHER = Place(name="to-hv02", timeout=0.0), Place(name="to-fs01", stack="other", timeout=0.0)
Held = tuple[str, dict[str, Any]]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two controllers in step."""
    with running_pair() as found:
        yield found


@pytest.fixture
def bench(pair: Pair, caller: Caller, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Each face in turn, patient for ten seconds."""
    monkeypatch.setenv("HYPERV_MIGRATION_PASSWORD", PASSWORD)
    new_run()
    yield Bench(pair.configuration(replicationTimeout=10), caller=caller)
    new_run()


def both_created(bench: Bench) -> tuple[Held, Held]:
    """One source, two destinations, a resource for each."""
    caller = bench.ready()
    made: list[Held] = []
    for destination, place in (("HV02", ONE), ("FS01", OTHER)):
        given, reasons = caller.check(KIND, {"source": "HV01", "destinations": [destination], "services": ["cifs"]})
        assert reasons == []
        made.append(caller.create(KIND, given, place=place))
    return made[0], made[1]


class Destroying(threading.Thread):
    """One destroy beside another one."""

    def __init__(self, caller: Caller, held: Held, place: Place) -> None:
        super().__init__()
        self._caller, self._held, self._place = caller, held, place
        self.failure: MigrationError | None = None

    def run(self) -> None:
        """Destroy, and keep how it failed."""
        try:
            self._caller.delete(KIND, self._held, place=self._place)
        except MigrationError as error:
            self.failure = error


def until(seen: Any) -> None:
    """Wait for something to be so."""
    deadline = time.monotonic() + 20
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_two_that_are_destroyed_at_once_wait_for_their_own_entries_only(pair: Pair, bench: Bench) -> None:
    """The second one clears the bit while the first one waits; in the end both controllers are clean, and nobody fails."""
    one, other = both_created(bench)
    new_run()
    caller = bench.ready()
    pair.replication.pause()
    first, second = Destroying(caller, one, ONE), Destroying(caller, other, OTHER)
    first.start()
    until(lambda: any("waiting for" in step for step in bench.said.progressed))
    second.start()
    until(lambda: pair.lists()[0] == (set(), MEMBER))
    pair.replication.resume()
    began = time.monotonic()
    for each in (first, second):
        each.join()
    assert [each.failure for each in (first, second)] == [None, None]
    assert time.monotonic() - began < 9
    assert pair.lists() == ((set(), MEMBER), (set(), MEMBER))


def test_one_that_is_created_while_the_other_one_is_destroyed_is_no_obstacle(pair: Pair, bench: Bench) -> None:
    """The first one took its entry away and the bit with it; the second one sets the bit again before all have seen that."""
    one, other = both_created(bench)
    caller = bench.ready()
    new_run()
    caller = bench.ready()
    caller.delete(KIND, other, place=OTHER)
    pair.replication.pause()
    first = Destroying(caller, one, ONE)
    first.start()
    until(lambda: any("waiting for" in step for step in bench.said.progressed))
    assert pair.lists()[0] == (set(), MEMBER)
    given, _ = caller.check(KIND, {"source": "HV01", "destinations": ["FS01"], "services": ["http"],
                                   "waitForReplication": "None"})  # fmt: skip
    caller.create(KIND, given, place=OTHER)
    pair.replication.resume()
    first.join()
    assert first.failure is None
    expected = ({"http/FS01", "http/fs01.lab.test"}, TRANSITION)
    assert pair.lists() == (expected, expected)


def test_a_grant_waits_for_its_own_entries_while_another_one_goes(pair: Pair, bench: Bench) -> None:
    """What the other one takes away meanwhile is not the business of the first one."""
    one, other = both_created(bench)
    new_run()
    caller = bench.ready()
    pair.replication.pause()
    second = Destroying(caller, other, OTHER)
    second.start()
    until(lambda: any("waiting for" in step for step in bench.said.progressed))
    given, _ = caller.check(KIND, {"source": "HV01", "destinations": ["HV02"], "services": ["cifs", "http"]})
    resumed = threading.Timer(1.0, pair.replication.resume)
    resumed.start()
    state = caller.update(KIND, one, given, place=ONE)
    second.join()
    assert (second.failure, state["pendingReplication"]) == (None, [])
