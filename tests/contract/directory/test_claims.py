"""Several resources of one run on one account, through both faces: whoever goes hands its ledger on (DESIGN §3, Replace)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from contract.directory.domains import MEMBER, TRANSITION, Embedded, configuration_of
from contract.directory.test_delegation import HV02, MIGRATION
from hyperv_migration.directory.computers import disconnect
from hyperv_migration.lab.directory import EmbeddedDirectory
from hyperv_migration.model.errors import AuthenticationFailed
from hyperv_migration.operations.account_writer import AccountWriter, Plan
from hyperv_migration.operations.journal import default_folder
from support.callers import Caller, Held, Place, refused
from support.said import Said

KIND = "KerberosDelegation"
GIVEN: dict[str, Any] = {"source": "HV01", "destinations": ["HV02"]}
FS01 = {"cifs/FS01", "cifs/fs01.lab.test"}


class Engine:
    """The calls of an `up`."""

    def __init__(self, directory: EmbeddedDirectory, caller: Caller) -> None:
        self._directory, self.caller = directory, caller
        self.caller.said = Said()
        self.next_run()

    def next_run(self) -> None:
        """Go on in the next run."""
        disconnect()
        self.caller.configure(configuration_of(self._directory))

    def create(self, name: str, given: Mapping[str, Any] = GIVEN) -> Held:
        """Check and create."""
        return self.caller.create(KIND, self._checked(name, given), Place(name=name))

    def compare(self, name: str, held: Held, given: Mapping[str, Any] = GIVEN) -> tuple[str, ...]:
        """Check and compare; tells what replaces."""
        return self.caller.diff(KIND, *held, self._checked(name, given), Place(name=name)).replaces

    def delete(self, name: str, held: Held) -> None:
        """Delete."""
        self.caller.delete(KIND, held, Place(name=name))

    def _checked(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        checked, failures = self.caller.check(KIND, given, Place(name=name))
        assert failures == []
        return checked


@pytest.fixture
def engine(embedded: EmbeddedDirectory, caller: Caller) -> Iterator[Engine]:
    """An engine on the embedded directory."""
    yield Engine(embedded, caller)
    disconnect()


def account(embedded: EmbeddedDirectory) -> tuple[set[str], int]:
    """HV01's list and userAccountControl."""
    return Embedded(embedded).delegation("HV01")


def test_a_rename_and_then_destroy_leaves_nothing(embedded: EmbeddedDirectory, engine: Engine) -> None:
    """The new resource found the entries and takes them over from the one that goes, in the run of the rename."""
    old = engine.create("old")
    engine.next_run()
    new = engine.create("new")
    engine.delete("old", old)
    assert account(embedded) == (HV02, TRANSITION)
    assert "4 entries" in engine.caller.said.warnings[-1]
    engine.next_run()
    engine.delete("new", new)
    assert account(embedded) == (set(), MEMBER)


def test_what_a_failed_rename_has_left_over_is_handed_on_in_the_next_run(
    embedded: EmbeddedDirectory, engine: Engine
) -> None:
    """The new one stays as it is, and holds what it declares."""
    old = engine.create("old")
    engine.next_run()
    new = engine.create("new")
    engine.next_run()
    assert engine.compare("new", new) == ()
    engine.delete("old", old)
    assert account(embedded) == (HV02, TRANSITION)
    engine.next_run()
    refreshed = engine.caller.read(KIND, new, Place(name="new"))
    assert refreshed is not None
    assert set(refreshed["addedServicePrincipalNames"]) == HV02
    engine.delete("new", (new[0], refreshed))
    assert account(embedded) == (set(), MEMBER)


def test_what_a_replace_has_left_over_is_not_undone(embedded: EmbeddedDirectory, engine: Engine) -> None:
    """The same resource, the same id, and the live one is compared first."""
    old = engine.create("it")
    engine.next_run()
    new = engine.create("it")
    engine.next_run()
    engine.compare("it", new)
    engine.delete("it", old)
    assert account(embedded) == (HV02, TRANSITION)
    engine.next_run()
    engine.delete("it", new)
    assert account(embedded) == (set(), MEMBER)


def test_delete_before_replace_deletes(embedded: EmbeddedDirectory, engine: Engine) -> None:
    """A check after the comparison, and then the delete."""
    held = engine.create("it")
    engine.next_run()
    engine.compare("it", held)
    engine.caller.check(KIND, GIVEN, Place(name="it"))
    engine.delete("it", held)
    assert account(embedded) == (set(), MEMBER)


def test_of_two_heirs_each_takes_what_it_declares(embedded: EmbeddedDirectory, engine: Engine) -> None:
    """One resource becomes two; what neither declares goes."""
    given = {**GIVEN, "destinations": ["HV02", "FS01"], "services": ["cifs"]}
    old = engine.create("old", given)
    engine.next_run()
    one = engine.create("one", {**given, "destinations": ["HV02"]})
    engine.delete("old", old)
    assert account(embedded) == ({"cifs/HV02", "cifs/hv02.lab.test"}, TRANSITION)
    engine.next_run()
    engine.delete("one", one)
    assert account(embedded) == (set(), MEMBER)


def test_an_heir_keeps_what_it_added_itself(embedded: EmbeddedDirectory, engine: Engine) -> None:
    """Beside what it takes over."""
    cifs = {**GIVEN, "services": ["cifs"]}
    old = engine.create("old", cifs)
    engine.next_run()
    new = engine.create("new", {**cifs, "destinations": ["HV02", "FS01"]})
    engine.delete("old", old)
    engine.next_run()
    assert account(embedded)[0] > FS01
    engine.delete("new", new)
    assert account(embedded) == (set(), MEMBER)


@pytest.mark.parametrize("source", ["hv01.lab.test", "HV01$"])
def test_another_spelling_of_the_source_forgets_nothing(
    embedded: EmbeddedDirectory, engine: Engine, source: str
) -> None:
    """What is known of the account goes on, whatever the engine takes it for, and needs nothing of this machine."""
    held = engine.create("it")
    engine.next_run()
    given = {**GIVEN, "source": source, "waitForReplication": "None"}
    engine.compare("it", held, given)
    again = engine.create("it", given)
    engine.delete("it", held)
    shutil.rmtree(default_folder())
    engine.next_run()
    engine.delete("it", again)
    assert account(embedded) == (set(), MEMBER)


def test_a_wrong_password_is_sent_once_for_many_delegations(embedded: EmbeddedDirectory, caller: Caller) -> None:
    """A refused sign-in counts for the run, one after the other too; the next run tries again."""
    for _ in range(2):
        disconnect()
        embedded.journal.reset()
        caller.configure({**configuration_of(embedded), "password": "Planted-Wrong-1"})
        for number in range(6):
            with refused(AuthenticationFailed):
                caller.create(
                    KIND, {**GIVEN, "services": ["cifs"], "protocolTransition": True}, Place(name=f"n{number}")
                )
        binds = embedded.journal.operations("bind")
        assert 0 < len(binds) <= 3


def test_a_resource_that_goes_away_and_comes_back_is_not_taken_for_an_interrupted_one(
    embedded: EmbeddedDirectory, engine: Engine
) -> None:
    """By an alias it has another place for a while; the note of its first place is settled there."""
    cifs = {**GIVEN, "services": ["cifs"]}
    id_, state = engine.create("first", cifs)
    engine.next_run()
    more = {**cifs, "destinations": ["HV02", "FS01"]}
    checked = engine.caller.check(KIND, more, Place(name="second"))[0]
    state = engine.caller.update(KIND, (id_, state), checked, Place(name="second"))
    assert account(embedded)[0] > FS01
    engine.next_run()
    checked = engine.caller.check(KIND, cifs, Place(name="first"))[0]
    state = engine.caller.update(KIND, (id_, state), checked, Place(name="first"))
    assert account(embedded)[0] == {"cifs/HV02", "cifs/hv02.lab.test"}
    engine.next_run()
    engine.delete("first", (id_, state))
    assert account(embedded) == (set(), MEMBER)


def test_the_last_of_several_delegations_leaves_no_warning(engine: Engine, embedded: EmbeddedDirectory) -> None:
    """The one that set the bit says who switches it off; whoever removes the last entry does."""
    made = {name: engine.create(name, {**GIVEN, "services": [name]}) for name in ("cifs", "http", MIGRATION)}
    engine.next_run()
    heard: list[int] = []
    for name, held in made.items():
        engine.caller.said.warnings.clear()
        engine.delete(name, held)
        said = engine.caller.said.warnings
        heard.append(len(said))
        assert all("stays on as long as" in each and "removes the last of them" in each for each in said)
    assert heard == [1, 0, 0]
    assert Embedded(embedded).delegation("HV01") == (set(), MEMBER)


def test_an_attempt_of_a_destroy_that_lost_a_race_leaves_no_warning(
    engine: Engine, embedded: EmbeddedDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others were there when it began, and are gone when it has written."""
    held = engine.create("ours")
    embedded.administrator.add_delegation("HV01", FS01)
    engine.next_run()
    engine.caller.said.warnings.clear()
    bring_to = AccountWriter.bring_to

    def late(self: AccountWriter, plan: Plan) -> None:
        embedded.administrator.remove_delegation("HV01", FS01)
        bring_to(self, plan)

    monkeypatch.setattr(AccountWriter, "bring_to", late)
    engine.delete("ours", held)
    assert engine.caller.said.warnings == []
    assert Embedded(embedded).delegation("HV01") == (set(), MEMBER)


def test_kerberos_only_entries_of_others_are_told_of_once_in_a_run(engine: Engine, embedded: EmbeddedDirectory) -> None:
    """However many delegations the source has; what another resource of the run declares is none of others."""
    Embedded(embedded).set_delegation("HV01", sorted(FS01), MEMBER)
    engine.create("one", {**GIVEN, "services": ["http"], "protocolTransition": False})
    for name in ("cifs", MIGRATION):
        # As if both had looked at the account before either of the two wrote.
        embedded.administrator.set_user_account_control("HV01", MEMBER)
        engine.create(name, {**GIVEN, "services": [name]})
    told = [said for said in engine.caller.said.warnings if "with Kerberos only" in said]
    assert ["HV01 delegates to 2 other entries" in said for said in told] == [True]


def test_what_was_handed_on_survives_a_kill(embedded: EmbeddedDirectory, engine: Engine) -> None:
    """The heir's next write is killed and only takes away; what was handed on stands in no state yet."""
    both = {**GIVEN, "services": ["cifs"], "destinations": ["HV02", "FS01"]}
    old = engine.create("old", both)
    engine.next_run()
    new = engine.create("new", both)
    engine.delete("old", old)
    engine.next_run()
    checked = engine.caller.check(KIND, {**both, "destinations": ["HV02"]}, Place(name="new"))[0]
    engine.caller.update(KIND, new, checked, Place(name="new"))
    assert account(embedded)[0] == {"cifs/HV02", "cifs/hv02.lab.test"}
    engine.next_run()
    # The engine never heard of it, and has the state of before.
    engine.delete("new", new)
    assert account(embedded) == (set(), MEMBER)


def test_after_a_refresh_a_deleted_state_leaves_no_note(embedded: EmbeddedDirectory, engine: Engine) -> None:
    """`pulumi state delete` after a refresh: what is there then is what the next create has found."""
    held = engine.create("it")
    assert list(default_folder().glob("*.json"))
    engine.next_run()
    assert engine.caller.read(KIND, held, Place(name="it")) is not None
    assert list(default_folder().glob("*.json")) == []
    there = account(embedded)
    engine.next_run()
    again = engine.create("it")
    engine.next_run()
    engine.delete("it", again)
    assert account(embedded) == there


def test_a_replace_of_one_delegation_speaks_of_no_alias(engine: Engine) -> None:
    """It has its name already; this machine is what helps."""
    old = engine.create("it")
    engine.next_run()
    shutil.rmtree(default_folder())
    engine.create("it")
    engine.delete("it", old)
    said = engine.caller.said.warnings
    assert any(
        one.endswith("No alias can help here: run the next command on this machine: docs/renaming.md.") for one in said
    )


def test_of_two_delegations_that_share_entries_one_may_go_on(engine: Engine) -> None:
    """Neither is a rename of the other one, which nobody can tell: the message says where an alias avoids it."""
    one = engine.create("one")
    engine.next_run()
    engine.compare("one", one)
    two = engine.create("two")
    engine.next_run()
    engine.compare("two", two)
    engine.delete("one", one)
    said = engine.caller.said.warnings
    assert any(
        "noted on this machine only" in one and "Where it was renamed, an alias avoids this" in one for one in said
    )


@pytest.mark.parametrize(
    ("control", "flags"),
    [
        (MEMBER, "set protocol transition off by hand"),
        (0x81000, "set protocol transition off and unconstrained delegation on by hand"),
    ],
)
def test_what_is_handed_on_is_named_with_its_flags(
    embedded: EmbeddedDirectory, engine: Engine, control: int, flags: str
) -> None:
    """On another machine nothing puts them back, and RemoveDeclared removes entries only."""
    Embedded(embedded).set_delegation("HV01", ["http/web9"], control)
    given = {**GIVEN, "services": ["cifs"], "replaceUnconstrained": True}
    old = engine.create("old", given)
    shutil.rmtree(default_folder(), ignore_errors=True)
    engine.next_run()
    engine.create("new", given)
    engine.caller.said.warnings.clear()
    engine.delete("old", old)
    (said,) = engine.caller.said.warnings
    assert "2 entries (cifs/HV02, cifs/hv02.lab.test) and its delegation flags were left in place" in said
    assert "remove the entries: set onDestroy to RemoveDeclared then, and does not put the flags back" in said
    assert flags in said
