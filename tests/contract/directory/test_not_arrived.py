"""A domain controller that never had the change: its answer is neither drift nor the end of anything (field note G0)."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from contract.directory.domains import MEMBER, PASSWORD, TRANSITION, Embedded
from contract.directory.pairs import FIRST, SECOND, Pair, running_pair
from hyperv_migration.model.errors import TimedOut
from hyperv_migration.operations import delegation
from hyperv_migration.operations.journal import default_folder
from support.callers import Caller, refused
from support.samba_bench import Bench, checked, new_run

OURS = {"cifs/HV02", "cifs/hv02.lab.test"}
GRANTED = (OURS, TRANSITION)
NOTHING: tuple[set[str], int] = (set(), MEMBER)
Held = tuple[str, dict[str, Any]]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two controllers; a test holds the second one up."""
    with running_pair() as found:
        yield found


@pytest.fixture
def bench(pair: Pair, caller: Caller, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Each face in turn."""
    monkeypatch.setenv("HYPERV_MIGRATION_PASSWORD", PASSWORD)
    new_run()
    yield Bench(pair.configuration(), caller=caller)
    new_run()


def ask(bench: Bench, pair: Pair, *controllers: str, **options: Any) -> None:
    """Go on as another run, whose configuration names other domain controllers."""
    new_run()
    bench.configuration = pair.configuration(*controllers, replicationTimeout=1, **options)


def granted(bench: Bench, pair: Pair) -> Held:
    """A grant that only the first one has."""
    pair.replication.pause()
    return bench.create(services=["cifs"], waitForReplication="None")


def down(pair: Pair) -> None:
    """Switch the first one off; it is first in the configuration all the same."""
    pair.first.stop()


def up(pair: Pair) -> None:
    """Leave it on; the configuration names the second one only."""
    del pair


@pytest.mark.parametrize(("away", "asked"), [(down, (FIRST, SECOND)), (up, (SECOND,))])
def test_a_refresh_of_one_that_lags_changes_nothing(
    pair: Pair, bench: Bench, away: Callable[[Pair], None], asked: tuple[str, ...]
) -> None:
    """The ledger stays, a warning names the controller, and the program sees no drift."""
    id_, state = granted(bench, pair)
    away(pair)
    ask(bench, pair, *asked)
    seen = bench.read(id_, state)
    assert seen == state
    assert [SECOND in warning for warning in bench.said.warnings if "does not have the last change" in warning] == [
        True
    ]
    assert delegation.diff(seen or {}, checked(services=["cifs"], waitForReplication="None")).changed == ()
    pair.first.start()
    ask(bench, pair, FIRST)
    bench.delete(id_, seen or {})
    assert pair.lists() == (NOTHING, NOTHING)


@pytest.mark.parametrize(("away", "asked"), [(down, (FIRST, SECOND)), (up, (SECOND,))])
def test_a_destroy_asked_of_one_that_lags_is_not_done(
    pair: Pair, bench: Bench, away: Callable[[Pair], None], asked: tuple[str, ...]
) -> None:
    """It names who must be reachable, writes nothing, and is repeated with success there."""
    id_, state = granted(bench, pair)
    away(pair)
    ask(bench, pair, *asked)
    with refused(TimedOut, match=rf"{SECOND} does not have the last change.*{FIRST}"):
        bench.delete(id_, state)
    # But for the request to fetch the account, which has no name.
    assert [each.name for each in pair.second.journal.operations("modify") if each.name] == []
    pair.first.start()
    ask(bench, pair, FIRST)
    bench.delete(id_, state)
    pair.replication.resume()
    assert pair.lists() == (NOTHING, NOTHING)


def test_an_update_asked_of_one_that_lags_writes_nothing(pair: Pair, bench: Bench) -> None:
    """Of two lists written apart only one would survive."""
    id_, state = granted(bench, pair)
    ask(bench, pair, SECOND)
    with refused(TimedOut, match=rf"{SECOND} does not have the last change"):
        bench.update(id_, state, services=["http"], waitForReplication="None")
    assert pair.lists() == (GRANTED, NOTHING)


def test_what_has_arrived_is_believed_whoever_tells(pair: Pair, bench: Bench) -> None:
    """The change is there; then somebody takes an entry away there, which is drift."""
    id_, state = granted(bench, pair)
    pair.replication.resume()
    pair.replication.pause()
    ask(bench, pair, SECOND)
    assert bench.read(id_, state) == state
    Embedded(pair.second).set_delegation("HV01", ["cifs/HV02"], TRANSITION)
    seen = bench.read(id_, state)
    assert seen is not None
    assert (seen["addedServicePrincipalNames"], seen["destinations"], bench.said.warnings) == (["cifs/HV02"], [], [])


def test_a_drift_seen_on_one_is_not_taken_back_by_another_that_lags(pair: Pair, bench: Bench) -> None:
    """What was seen last is known by its own writes, whoever made them."""
    id_, state = granted(bench, pair)
    pair.replication.resume()
    pair.replication.pause()
    Embedded(pair.first).set_delegation("HV01", ["cifs/HV02"], TRANSITION)
    ask(bench, pair, FIRST)
    seen = bench.read(id_, state)
    assert seen is not None
    assert seen["addedServicePrincipalNames"] == ["cifs/HV02"]
    ask(bench, pair, SECOND)
    assert bench.read(id_, seen) == seen
    assert ["does not have the last change" in warning for warning in bench.said.warnings] == [True]


def test_a_removal_is_followed_like_a_grant(pair: Pair, bench: Bench) -> None:
    """The second one still has the grant, but not the update that took it away for another one."""
    id_, state = granted(bench, pair)
    pair.replication.resume()
    pair.replication.pause()
    state = bench.update(id_, state, services=["http"], waitForReplication="None")
    ask(bench, pair, SECOND)
    assert bench.read(id_, state) == state
    with refused(TimedOut, match=rf"{SECOND} does not have the last change"):
        bench.delete(id_, state)


def test_an_account_that_has_not_arrived_is_not_gone(pair: Pair, bench: Bench) -> None:
    """The second one has never heard of the source; nor is it a destroy that is done."""
    id_, state = granted(bench, pair)
    pair.second.administrator.delete_computer("HV01")
    ask(bench, pair, SECOND)
    assert bench.read(id_, state) == state
    with refused(TimedOut, match=rf"{SECOND} does not have the last change"):
        bench.delete(id_, state)


def test_an_account_that_was_deleted_where_the_change_was_is_gone(pair: Pair, bench: Bench) -> None:
    """The first one had it."""
    id_, state = granted(bench, pair)
    pair.first.administrator.delete_computer("HV01")
    ask(bench, pair, FIRST)
    assert bench.read(id_, state) is None


def hidden(pair: Pair) -> None:
    """Let an access list hide what replication keeps."""
    for each in (pair.first, pair.second):
        each._controller.behaviour = replace(each._controller.behaviour, shows_replication_metadata=False)


@pytest.mark.parametrize("late", [False, True], ids=["never-read", "read-at-the-write-only"])
def test_without_metadata_who_was_seen_with_the_change_decides(pair: Pair, bench: Bench, *, late: bool) -> None:
    """Safely: one that was never seen with it proves nothing, and the one that was written to is believed."""
    if not late:
        hidden(pair)
    id_, state = granted(bench, pair)
    hidden(pair)
    ask(bench, pair, SECOND)
    assert bench.read(id_, state) == state
    assert any("does not have the last change" in warning for warning in bench.said.warnings)
    with refused(TimedOut, match=rf"{SECOND} does not have the last change"):
        bench.delete(id_, state)
    Embedded(pair.first).set_delegation("HV01", [], MEMBER)
    ask(bench, pair, FIRST)
    seen = bench.read(id_, state)
    assert seen is not None
    assert seen["addedServicePrincipalNames"] == []


def test_a_state_of_before_is_judged_by_who_was_seen_with_the_change(pair: Pair, bench: Bench) -> None:
    """It knows no writes."""
    id_, state = granted(bench, pair)
    del state["writtenTo"]
    ask(bench, pair, SECOND)
    assert bench.read(id_, state) == state
    with refused(TimedOut, match=rf"{SECOND} does not have the last change"):
        bench.delete(id_, state)
    pair.replication.resume()
    assert bench.read(id_, state) == state
    Embedded(pair.first).set_delegation("HV01", [], MEMBER)
    ask(bench, pair, FIRST)
    seen = bench.read(id_, state)
    assert seen is not None
    assert seen["addedServicePrincipalNames"] == []


def test_one_that_was_restored_keeps_the_ledger(pair: Pair, bench: Bench) -> None:
    """It has lost the write that others may still have; the values count, what was added is not forgotten."""
    before = pair.first.administrator.find("HV01").copy()
    id_, state = bench.create(services=["cifs"], waitForReplication="None")
    pair.replication.pause()
    restore(pair, before)
    ask(bench, pair, FIRST)
    seen = bench.read(id_, state)
    assert seen is not None
    assert (set(seen["addedServicePrincipalNames"]), seen["destinations"]) == (OURS, [])
    assert ["no more, as after a restore" in warning for warning in bench.said.warnings] == [True]
    with refused(TimedOut, match=rf"{SECOND} still has what was added"):
        bench.delete(id_, seen)
    again = bench.update(id_, seen, services=["cifs"], waitForReplication="None")
    bench.delete(id_, again)
    assert pair.lists()[0] == NOTHING


def restore(pair: Pair, before: Any) -> None:
    """Bring the first one back to a backup: the account as it was, and a database with a new identity."""
    database = pair.first.database
    settings = database.find(pair.first._controller.population.settings)
    assert settings is not None
    database.followed[database.invocation_id] = database.usn - 1
    database.invocation_id = uuid.uuid4().bytes_le
    settings.put("invocationId", database.invocation_id)
    database._keep(before)


@pytest.mark.parametrize("away", [down, up])
def test_what_a_killed_run_wrote_elsewhere_is_not_forgotten(
    pair: Pair, bench: Bench, away: Callable[[Pair], None]
) -> None:
    """The note of this machine says where it was written; the second one cannot say that it was not."""
    granted(bench, pair)
    away(pair)
    ask(bench, pair, SECOND)
    with refused(TimedOut, match=rf"killed wrote to {FIRST}.*{SECOND} does not show it"):
        bench.create(services=["http"], waitForReplication="None")
    assert pair.lists()[1] == NOTHING
    pair.first.start()
    ask(bench, pair, FIRST)
    id_, state = bench.create(services=["http"], waitForReplication="None")
    assert pair.lists()[0][0] == {"http/HV02", "http/hv02.lab.test"}
    bench.delete(id_, state)
    assert pair.lists()[0] == NOTHING


def test_a_killed_update_elsewhere_outlives_a_refresh_here(pair: Pair, bench: Bench) -> None:
    """The second one has the grant that the state knows, and not the update that it does not know."""
    id_, state = granted(bench, pair)
    pair.replication.resume()
    pair.replication.pause()
    ask(bench, pair, FIRST)
    bench.update(id_, state, services=["cifs", "http"], waitForReplication="None")
    ask(bench, pair, SECOND)
    assert bench.read(id_, state) == state
    ask(bench, pair, FIRST)
    seen = bench.read(id_, state)
    assert seen is not None
    bench.delete(id_, seen)
    assert pair.lists()[0] == NOTHING


OTHERS = ["http/other"]


def destroyed_elsewhere(pair: Pair, bench: Bench) -> None:
    """Both have the grant beside entries of others; the second one is off while the destroy is done at the first one."""
    for each in (pair.first, pair.second):
        Embedded(each).set_delegation("HV01", OTHERS, MEMBER)
    id_, state = bench.create(services=["cifs"])
    assert pair.lists()[1] == ({*OTHERS, *OURS}, TRANSITION)
    pair.replication.pause()
    pair.second.stop()
    bench.delete(id_, state)
    pair.second.start()
    assert pair.lists() == ((set(OTHERS), MEMBER), ({*OTHERS, *OURS}, TRANSITION))


@pytest.mark.parametrize(("away", "asked"), [(down, (FIRST, SECOND)), (up, (SECOND,))])
@pytest.mark.parametrize("metadata", [True, False], ids=["metadata", "no-metadata"])
def test_what_a_destroy_took_away_elsewhere_is_not_found(
    pair: Pair, bench: Bench, away: Callable[[Pair], None], asked: tuple[str, ...], *, metadata: bool
) -> None:
    """The create waits for the destroy and fails; once it has arrived, the create adds, and its destroy takes all away."""
    if not metadata:
        hidden(pair)
    destroyed_elsewhere(pair, bench)
    away(pair)
    ask(bench, pair, *asked)
    with refused(TimedOut, match=rf"{SECOND} does not have the last change.*{FIRST}"):
        bench.create(services=["cifs"])
    assert [each.name for each in pair.second.journal.operations("modify") if each.name] == []
    pair.first.start()
    pair.replication.resume()
    ask(bench, pair, FIRST)
    id_, state = bench.create(services=["cifs"])
    assert (set(state["addedServicePrincipalNames"]), state["protocolTransitionBefore"]) == (OURS, False)
    bench.delete(id_, state)
    assert pair.lists()[0] == (set(OTHERS), MEMBER)


def test_the_note_of_a_destroy_goes_once_it_is_everywhere(pair: Pair, bench: Bench) -> None:
    """None is left where every domain controller was seen with it, nor after the next create."""
    id_, state = bench.create(services=["cifs"])
    bench.delete(id_, state)
    assert list(default_folder().glob("*.json")) == []
    destroyed_elsewhere(pair, bench)
    assert len(list(default_folder().glob("*.json"))) == 1
    ask(bench, pair, FIRST)
    id_, state = bench.create(services=["cifs"], waitForReplication="None")
    bench.read(id_, state)
    assert list(default_folder().glob("*.json")) == []


def test_on_another_machine_who_lags_is_not_believed(pair: Pair, bench: Bench) -> None:
    """It knows nothing of the destroy, and asks the other domain controller."""
    destroyed_elsewhere(pair, bench)
    shutil.rmtree(default_folder())
    ask(bench, pair, SECOND)
    with refused(TimedOut, match=rf"{SECOND} shows cifs/.*protocol transition; {FIRST} shows nothing"):
        bench.create(services=["cifs"])
    assert [each.name for each in pair.second.journal.operations("modify") if each.name] == []


def test_on_another_machine_who_cannot_be_asked_is_told(pair: Pair, bench: Bench) -> None:
    """What was found could be old, which a warning says."""
    destroyed_elsewhere(pair, bench)
    shutil.rmtree(default_folder())
    pair.first.stop()
    ask(bench, pair, FIRST, SECOND)
    _, state = bench.create(services=["cifs"])
    assert state["addedServicePrincipalNames"] == []
    assert [FIRST in warning for warning in bench.said.warnings if "could be old" in warning] == [True]


def test_what_all_of_them_show_is_found(pair: Pair, bench: Bench) -> None:
    """Entries of others that everybody has: nobody waits, and nothing is said."""
    for each in (pair.first, pair.second):
        Embedded(each).set_delegation("HV01", sorted(OURS), TRANSITION)
    id_, state = bench.create(services=["cifs"])
    assert (state["addedServicePrincipalNames"], state["protocolTransitionBefore"]) == ([], True)
    assert bench.said.warnings == []
    bench.delete(id_, state)
    assert pair.lists()[0] == GRANTED


def test_where_nothing_is_found_nobody_else_is_asked(pair: Pair, bench: Bench) -> None:
    """The question is for what would be entered as found."""
    pair.second.stop()
    _, state = bench.create(services=["cifs"], waitForReplication="None")
    assert set(state["addedServicePrincipalNames"]) == OURS
    assert bench.said.warnings == []


def test_one_that_lags_and_fits_is_told(pair: Pair, bench: Bench) -> None:
    """The second one has the same values from an earlier write; the refresh changes nothing and says so once."""
    id_, state = bench.create(services=["cifs"])
    pair.replication.pause()
    Embedded(pair.first).set_delegation("HV01", [], MEMBER)
    state = bench.update(id_, state, services=["cifs"], waitForReplication="None")
    ask(bench, pair, SECOND)
    assert bench.read(id_, state) == state
    assert [SECOND in warning for warning in bench.said.warnings if "fits the state" in warning] == [True]
