"""Killed between the write and its answer: the state knows nothing, the note on this machine does (DESIGN §3)."""

from __future__ import annotations

import time

import pytest

from contract.directory.domains import MEMBER, Embedded, call_to, next_run
from contract.directory.test_delegation import HV02, inputs
from hyperv_migration.faces.schema import dynamic_token, token
from hyperv_migration.lab.directory import EmbeddedDirectory
from hyperv_migration.model.errors import PartiallyApplied
from hyperv_migration.operations import delegation
from hyperv_migration.operations.journal import STATE_KEY, default_folder


def test_an_interrupted_create_is_gone_on_with_and_undone(embedded: EmbeddedDirectory) -> None:
    """The second create finds its own entries there and still knows that they are its own."""
    domain = Embedded(embedded)
    call, _ = call_to(domain.connection())
    delegation.create(inputs(), call)
    call = next_run(call)

    id_, state = delegation.create(inputs(), call)
    assert set(state["addedServicePrincipalNames"]) == HV02
    call = next_run(call)
    delegation.delete(id_, state, call)
    assert domain.delegation("HV01") == (set(), MEMBER)


@pytest.mark.parametrize("seconds", [0, 5, 14 * 60, 16 * 60])
@pytest.mark.parametrize("way", ["create", "update", "read"])
def test_what_a_killed_run_wrote_counts_for_new_tickets_only(
    embedded: EmbeddedDirectory, monkeypatch: pytest.MonkeyPatch, way: str, seconds: int
) -> None:
    """Nobody has purged any since; the next run says so, until the tickets of before have run out."""
    call, heard = call_to(Embedded(embedded).connection())
    held = ("", {}) if way == "create" else delegation.create(inputs(services=["cifs"]), call)
    call = next_run(call)
    # The state that the engine keeps is the one of before the run that was killed.
    old = {**held[1], "newTicketNeeded": False}
    delegation.create(inputs(), call) if way == "create" else delegation.update(held[0], old, inputs(), call)
    call, began = next_run(call), time.time()
    monkeypatch.setattr(time, "time", lambda: began + seconds)
    heard.noted.clear()
    if way == "create":
        _, state = delegation.create(inputs(), call)
    else:
        state = (
            delegation.update(held[0], old, inputs(), call)
            if way == "update"
            else delegation.read(held[0], old, call) or {}
        )
    assert state["newTicketNeeded"] is (seconds < 15 * 60)
    if way != "read" and state["newTicketNeeded"]:
        assert any("klist" in said for said in heard.noted)
    # Once the state knows, it stays so until tickets are purged.
    call = next_run(call)
    assert delegation.update(state["sourceGuid"], state, inputs(), call)["newTicketNeeded"] is state["newTicketNeeded"]


def test_what_a_killed_run_did_not_write_needs_no_new_ticket(embedded: EmbeddedDirectory) -> None:
    """The kill came before the write: there is a note, and nothing to show for it."""
    call, _ = call_to(Embedded(embedded).connection())
    id_, state = delegation.create(inputs(), call)
    call = next_run(call)
    Embedded(embedded).set_delegation("HV01", [], MEMBER)
    quiet = {**state, "newTicketNeeded": False, STATE_KEY: None}
    fresh = delegation.read(id_, quiet, call)
    assert fresh is not None
    assert fresh["newTicketNeeded"] is False


def test_the_note_goes_once_the_state_is_known(embedded: EmbeddedDirectory) -> None:
    """The first later call whose old state shows the note's id removes it."""
    call, _ = call_to(Embedded(embedded).connection())
    id_, state = delegation.create(inputs(), call)
    assert [path.suffix for path in default_folder().iterdir()] == [".json"]
    assert STATE_KEY in state
    delegation.read(id_, state, call)
    assert list(default_folder().iterdir()) == []


def test_another_stack_does_not_find_the_note(embedded: EmbeddedDirectory) -> None:
    """What one stack was about to write is no other stack's."""
    domain = Embedded(embedded)
    call, _ = call_to(domain.connection(), urn="urn:pulumi:one::lab::type::it")
    delegation.create(inputs(), call)
    other, _ = call_to(domain.connection(), urn="urn:pulumi:two::lab::type::it")
    _, state = delegation.create(inputs(), other)
    assert state["addedServicePrincipalNames"] == []


def test_a_lost_answer_and_a_dead_controller_leave_the_ledger(embedded: EmbeddedDirectory) -> None:
    """Nobody can tell what happened: the state keeps what may have been added."""
    domain = Embedded(embedded)
    call, _ = call_to(domain.connection())
    embedded.inject("reset-after", when={"operation": "modify"})
    embedded.inject("refuse-connection", times=9, when={"after": 1})
    with pytest.raises(PartiallyApplied) as partial:
        delegation.create(inputs(), call)
    assert set(partial.value.state["addedServicePrincipalNames"]) == HV02


def test_an_import_leaves_what_it_finds_whatever_this_machine_notes(embedded: EmbeddedDirectory) -> None:
    """The state that knew of the note was lost; nothing counts as added, so a destroy takes nothing away."""
    domain = Embedded(embedded)
    call, _ = call_to(domain.connection())
    id_, _ = delegation.create(inputs(), call)
    call = next_run(call)
    state = delegation.read("HV01", {}, call)
    assert state is not None
    delegation.delete(id_, state, call)
    assert domain.delegation("HV01")[0] == HV02


@pytest.mark.parametrize("parents", ["", "hyperv-migration:index:MigrationPair$"])
def test_the_other_face_goes_on_with_what_one_face_has_left(embedded: EmbeddedDirectory, parents: str) -> None:
    """A run is killed on one face and taken up by the other: the entries are ours, and destroy takes them away."""
    urns = [
        f"urn:pulumi:test::story::{parents}{type_}::it"
        for type_ in (dynamic_token(delegation.KIND), token(delegation.KIND))
    ]
    before, after = (call_to(Embedded(embedded).connection(), urn=urn)[0] for urn in urns)
    delegation.create(inputs(), before)
    id_, state = delegation.create(inputs(), after)
    assert set(state["addedServicePrincipalNames"]) == HV02
    delegation.delete(id_, state, next_run(after))
    assert Embedded(embedded).delegation("HV01") == (set(), MEMBER)


def test_another_resource_of_the_stack_does_not_find_the_note(embedded: EmbeddedDirectory) -> None:
    """Two resources may share a source; what one has left behind is not the other's."""
    one, other = (
        call_to(Embedded(embedded).connection(), urn=f"urn:pulumi:test::story::{token(delegation.KIND)}::{name}")[0]
        for name in ("one", "other")
    )
    delegation.create(inputs(), one)
    _, state = delegation.create(inputs(), other)
    assert state["addedServicePrincipalNames"] == []
