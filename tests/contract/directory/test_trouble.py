"""Races, lost answers, retired hosts and lists that are long: what must not go wrong when things do."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from contract.directory.domains import MEMBER, TRANSITION, Domain, Embedded, call_to, next_run
from hyperv_migration.lab.directory import EmbeddedDirectory
from hyperv_migration.model.errors import (
    Conflict,
    MigrationError,
    NotFound,
    PartiallyApplied,
    RemoteFault,
    TimedOut,
    Unreachable,
)
from hyperv_migration.operations import delegation
from hyperv_migration.operations.ports import Call
from support.said import Said

MIGRATION = "Microsoft Virtual System Migration Service"
HV02 = {"cifs/HV02", "cifs/hv02.lab.test", f"{MIGRATION}/HV02", f"{MIGRATION}/hv02.lab.test"}


def inputs(**given: Any) -> dict[str, Any]:
    """Return checked inputs for HV01 towards HV02."""
    return delegation.check({"source": "HV01", "destinations": ["HV02"], **given})[0]


@pytest.fixture
def called(embedded: EmbeddedDirectory) -> tuple[Call, Said]:
    """A call on the embedded directory, and what its log hears."""
    return call_to(Embedded(embedded).connection())


@pytest.fixture
def call(called: tuple[Call, Said]) -> Call:
    """A call on the embedded directory."""
    return called[0]


@pytest.mark.parametrize("fault", ["reset-after", "reset-before"])
def test_a_write_whose_answer_is_lost_is_looked_up_and_not_repeated_blindly(
    embedded: EmbeddedDirectory, call: Call, fault: str
) -> None:
    """Whether it took effect or not, the account ends as declared and the ledger as true."""
    embedded.inject(fault, when={"operation": "modify"})
    _, state = delegation.create(inputs(), call)
    assert Embedded(embedded).delegation("HV01") == (HV02, TRANSITION)
    assert (set(state["addedServicePrincipalNames"]), state["writtenProtocolTransition"]) == (HV02, True)
    assert len(embedded.journal.operations("modify")) == (1 if fault == "reset-after" else 2)


def test_a_write_that_is_lost_twice_without_effect_ends_the_operation(embedded: EmbeddedDirectory, call: Call) -> None:
    """Nothing was written, so nothing is kept."""
    embedded.inject("reset-before", when={"operation": "modify"}, times=2)
    with pytest.raises(Unreachable):
        delegation.create(inputs(), call)
    assert Embedded(embedded).delegation("HV01") == (set(), MEMBER)


def test_a_write_that_cannot_be_looked_up_is_kept_as_partial(embedded: EmbeddedDirectory, call: Call) -> None:
    """The answer is lost and so is every look at the account: the state names what may be there."""
    embedded.inject("reset-after", when={"operation": "modify"})
    embedded.inject("result", code=52, when={"operation": "search", "name": "<GUID="}, times=9)
    with pytest.raises(PartiallyApplied) as partial:
        delegation.create(inputs(), call)
    assert set(partial.value.state["addedServicePrincipalNames"]) == HV02
    embedded.faults.clear()
    delegation.delete(partial.value.id, partial.value.state, call_to(Embedded(embedded).connection())[0])
    call = next_run(call)
    delegation.delete(partial.value.id, partial.value.state, call)
    assert Embedded(embedded).delegation("HV01") == (set(), MEMBER)


def test_a_failure_after_the_write_keeps_what_was_written(embedded: EmbeddedDirectory, call: Call) -> None:
    """The read-back fails once; the state is read again and handed over, and the next update completes it."""
    embedded.inject("busy", when={"operation": "search", "name": "<GUID="})
    with pytest.raises(PartiallyApplied) as partial:
        delegation.create(inputs(), call)
    state = partial.value.state
    assert (set(state["addedServicePrincipalNames"]), state["destinations"]) == (HV02, ["HV02"])
    delegation.update(partial.value.id, state, inputs(), call)
    assert Embedded(embedded).delegation("HV01") == (HV02, TRANSITION)


@pytest.mark.parametrize(
    ("code", "error"), [(51, RemoteFault), (53, RemoteFault), (10, RemoteFault), (19, Conflict), (11, Conflict)]
)
def test_a_refused_write_is_told_by_its_number(
    embedded: EmbeddedDirectory, call: Call, code: int, error: type[Exception]
) -> None:
    """Nothing was written, so the error is itself and no partial success."""
    embedded.inject("result", code=code, when={"operation": "modify"}, times=9)
    with pytest.raises(error) as refused:
        delegation.create(inputs(), call)
    assert f"LDAP result {code}" in str(refused.value)


def test_what_others_set_in_user_account_control_meanwhile_is_kept(embedded: EmbeddedDirectory, call: Call) -> None:
    """The swap names the old value, so a change in between is seen."""
    embedded.inject("lost-race", act={"act": "set_user_account_control", "computer": "HV01", "value": 0x11000})
    delegation.create(inputs(), call)
    assert Embedded(embedded).delegation("HV01") == (HV02, 0x1011000)


def test_an_entry_that_others_add_meanwhile_is_theirs(embedded: EmbeddedDirectory, call: Call) -> None:
    """They were faster with one of ours: it is not in the ledger and stays on destroy."""
    embedded.inject("lost-race", act={"act": "add_delegation", "computer": "HV01", "spns": ["cifs/HV02"]})
    id_, state = delegation.create(inputs(), call)
    assert set(state["addedServicePrincipalNames"]) == HV02 - {"cifs/HV02"}
    call = next_run(call)
    delegation.delete(id_, state, call)
    assert Embedded(embedded).delegation("HV01")[0] == {"cifs/HV02"}


def test_others_who_never_stop_are_a_conflict_after_five_rounds(embedded: EmbeddedDirectory, call: Call) -> None:
    """The operation ends, and says why."""
    for number in range(6):
        act = {"act": "set_user_account_control", "computer": "HV01", "value": 0x1000 if number % 2 else 0x11000}
        embedded.inject("lost-race", act=act)
    with pytest.raises(Conflict, match="kept changing"):
        delegation.create(inputs(), call)
    assert len(embedded.journal.operations("modify")) == 5


SWAP_REFUSED = [16, 20, 32, 1, 19, 53, 65]
"""What a domain controller could answer to a swap that it does not take."""


@pytest.mark.parametrize("code", SWAP_REFUSED)
def test_a_refused_swap_of_the_right_value_is_replaced_once(
    embedded: EmbeddedDirectory, called: tuple[Call, Said], code: int
) -> None:
    """Should a server not honour delete-old and add-new, the write goes on without the comparison, and says so."""
    call, heard = called
    embedded.inject("result", code=code, when={"operation": "modify"})
    delegation.create(inputs(), call)
    assert Embedded(embedded).delegation("HV01") == (HV02, TRANSITION)
    last = embedded.journal.operations("modify")[-1]
    assert [change["action"] for change in last.changes if change["attribute"] == "userAccountControl"] == ["replace"]
    assert ["refused to swap" in warning for warning in heard.warnings] == [True]


@pytest.mark.parametrize("code", SWAP_REFUSED)
def test_what_is_refused_with_and_without_a_swap_ends_there(
    embedded: EmbeddedDirectory, called: tuple[Call, Said], code: int
) -> None:
    """It was not the swap, so there is no third attempt, and nothing was written."""
    call, heard = called
    embedded.inject("result", code=code, when={"operation": "modify"}, times=9)
    with pytest.raises(MigrationError):
        delegation.create(inputs(), call)
    assert len(embedded.journal.operations("modify")) == 2
    assert ["refused to swap" in warning for warning in heard.warnings] == [True]
    assert Embedded(embedded).delegation("HV01") == (set(), MEMBER)


@pytest.mark.parametrize("code", [1, 19, 53, 65])
def test_a_swap_that_is_refused_after_a_change_by_others_is_planned_anew(
    embedded: EmbeddedDirectory, called: tuple[Call, Said], code: int
) -> None:
    """The value is another one when it is read again, so the next swap names that one."""
    call, heard = called
    act = {"act": "set_user_account_control", "computer": "HV01", "value": 0x11000}
    embedded.inject("result", code=code, when={"operation": "modify"})
    embedded.inject("lost-race", act=act, when={"operation": "search", "name": "<GUID="})
    delegation.create(inputs(), call)
    assert Embedded(embedded).delegation("HV01") == (HV02, 0x1011000)
    assert heard.warnings == []


@pytest.mark.parametrize("code", [1, 19, 53, 65])
def test_a_refusal_of_a_change_without_a_swap_is_no_race(
    embedded: EmbeddedDirectory, called: tuple[Call, Said], code: int
) -> None:
    """Only the list was to be changed: one attempt."""
    call, _ = called
    Embedded(embedded).set_delegation("HV01", [], TRANSITION)
    embedded.inject("result", code=code, when={"operation": "modify"}, times=9)
    with pytest.raises((RemoteFault, Conflict)):
        delegation.create(inputs(), call)
    assert len(embedded.journal.operations("modify")) == 1


def test_a_writer_that_adds_entries_all_the_time_loses_nothing(domain: Domain) -> None:
    """Every value another one adds during create, update and destroy is there at the end."""
    call, _ = call_to(domain.connection())
    port = call.targets.directory("HV01", None)
    (account,) = port.find_computers(["HV01"])["HV01"]
    added: set[str] = set()
    stop = threading.Event()
    writer = threading.Thread(target=_keep_adding, args=(domain, account, added, stop))
    writer.start()
    try:
        for _ in range(5):
            id_, state = delegation.create(inputs(), call)
            state = delegation.update(id_, state, inputs(services=["cifs"]), call)
            call = next_run(call)
            delegation.delete(id_, state, call)
    finally:
        stop.set()
        writer.join()
    assert len(added) > 5
    assert domain.delegation("HV01") == (added, MEMBER) or domain.delegation("HV01") == (added, TRANSITION)


def _keep_adding(domain: Domain, account: Any, added: set[str], stop: threading.Event) -> None:
    """Add foreign entries on a connection of its own until told to stop."""
    from hyperv_migration.directory.session import Session  # noqa: PLC0415 - beside the port, as another tool would

    session = Session("dc1.lab.test", domain.connection())
    try:
        while not stop.is_set():
            name = f"http/other{len(added)}.lab.test"
            result = session.modify(account.distinguished_name, {"msDS-AllowedToDelegateTo": [("MODIFY_ADD", [name])]})
            assert result["result"] == 0
            added.add(name)
    finally:
        session.close()


def test_a_retired_destination_does_not_block_its_removal(embedded: EmbeddedDirectory, call: Call) -> None:
    """Its account is gone, its entries are known from the ledger."""
    id_, state = delegation.create(inputs(destinations=["HV02", "FS01"], services=["cifs"]), call)
    embedded.administrator.delete_computer("FS01")
    changed = delegation.update(id_, state, inputs(services=["cifs"]), call)
    assert Embedded(embedded).delegation("HV01")[0] == {"cifs/HV02", "cifs/hv02.lab.test"}
    embedded.administrator.delete_computer("HV02")
    call = next_run(call)
    delegation.delete(id_, changed, call)
    assert Embedded(embedded).delegation("HV01") == (set(), MEMBER)


def test_a_renamed_source_is_still_the_same(embedded: EmbeddedDirectory, call: Call) -> None:
    """The objectGUID stays; the names are read anew."""
    id_, state = delegation.create(inputs(), call)
    embedded.administrator.rename_computer("HV01", "HV07")
    renamed = delegation.read(id_, state, call)
    assert renamed is not None
    assert (renamed["sourceDn"], "hv07.lab.test" in renamed["sourceNames"]) == (
        "CN=HV07,CN=Computers,DC=lab,DC=test",
        True,
    )
    call = next_run(call)
    delegation.delete(id_, renamed, call)
    assert Embedded(embedded).delegation("HV07") == (set(), MEMBER)


def test_an_account_moved_during_the_write_is_found_again(embedded: EmbeddedDirectory, call: Call) -> None:
    """The modify names a place that is gone; the GUID knows the new one."""
    embedded.inject("lost-race", act={"act": "move_computer", "computer": "HV01", "unit": "Hosts"})
    _, state = delegation.create(inputs(), call)
    assert state["sourceDn"] == "CN=HV01,OU=Hosts,DC=lab,DC=test"
    assert Embedded(embedded).delegation("HV01") == (HV02, TRANSITION)


def test_a_new_account_of_the_same_name_is_never_touched(embedded: EmbeddedDirectory, call: Call) -> None:
    """A host that joined again is another account; destroy of the old delegation is done."""
    id_, state = delegation.create(inputs(), call)
    embedded.administrator.delete_computer("HV01")
    embedded.administrator.create_computer("HV01", allowed_to_delegate_to=tuple(HV02), user_account_control=TRANSITION)
    assert delegation.read(id_, state, call) is None
    call = next_run(call)
    delegation.delete(id_, state, call)
    assert Embedded(embedded).delegation("HV01") == (HV02, TRANSITION)


def test_an_entry_on_two_accounts_is_a_conflict(embedded: EmbeddedDirectory, call: Call) -> None:
    """The KDC could not tell whose ticket it is."""
    embedded.administrator.add_spns("FS01", [f"{MIGRATION}/HV02"])
    with pytest.raises(Conflict, match="is on 2 accounts"):
        delegation.create(inputs(), call)


def test_an_entry_on_another_account_is_a_conflict(embedded: EmbeddedDirectory, call: Call) -> None:
    """A cluster name that carries cifs itself would take the tickets."""
    embedded.administrator.add_spns("FS01", ["cifs/HV02"])
    with pytest.raises(Conflict, match="is on CN=FS01"):
        delegation.create(inputs(), call)


def test_two_accounts_of_one_name_are_a_conflict(embedded: EmbeddedDirectory, call: Call) -> None:
    """Neither is guessed."""
    for host in ("HV02", "FS01"):
        embedded.administrator.add_spns(host, ["HOST/cluster.lab.test"])
    with pytest.raises(Conflict, match="names 2 accounts"):
        delegation.create(inputs(destinations=["cluster.lab.test"]), call)


def test_a_destination_without_a_dns_name_is_a_conflict(embedded: EmbeddedDirectory, call: Call) -> None:
    """An account that was made and never joined has no names to list."""
    embedded.administrator.set_attribute("HV02", "dNSHostName", [])
    with pytest.raises(Conflict, match="has no dNSHostName"):
        delegation.create(inputs(), call)


def test_two_spellings_that_turn_out_to_be_one_account_are_refused(embedded: EmbeddedDirectory, call: Call) -> None:
    """Only the directory knows that a DN and a short name are one."""
    both = ["HV02", "CN=HV02,CN=Computers,DC=lab,DC=test"]
    with pytest.raises(Exception, match="are the same account"):
        delegation.create(inputs(destinations=both), call)
    assert Embedded(embedded).delegation("HV01") == (set(), MEMBER)


def test_a_list_longer_than_one_answer_is_read_whole(embedded: EmbeddedDirectory, call: Call) -> None:
    """Active Directory gives 1,500 values at a time; every one of them is seen and kept."""
    names = [f"http/w{number}" for number in range(1600)]
    embedded.administrator.set_delegation("HV01", [*names, *HV02], protocol_transition=True)
    state = delegation.read("HV01", {}, call)
    assert state is not None
    assert len(state["servicePrincipalNames"]) == 4
    with pytest.raises(Conflict, match="would delegate to 1606 entries"):
        delegation.create(inputs(destinations=["FS01"], services=["cifs"]), call)


def test_the_source_deleted_during_the_write_is_told(embedded: EmbeddedDirectory, call: Call) -> None:
    """On create there is nothing to keep; on destroy there is nothing left to do."""
    embedded.inject("lost-race", act={"act": "delete_computer", "computer": "HV01"})
    with pytest.raises(NotFound, match="was deleted while it was being written"):
        delegation.create(inputs(), call)


def test_the_source_deleted_during_a_destroy_is_done(embedded: EmbeddedDirectory, call: Call) -> None:
    """With the account its delegation is gone."""
    id_, state = delegation.create(inputs(), call)
    call = next_run(call)
    embedded.inject("lost-race", act={"act": "delete_computer", "computer": "HV01"})
    delegation.delete(id_, state, call)
    assert "hv01.lab.test" not in embedded.administrator.computers()


def test_two_resources_share_a_source(embedded: EmbeddedDirectory) -> None:
    """Each removes its own entries, and whoever goes last takes the bit along."""
    one, _ = call_to(Embedded(embedded).connection(), urn="one")
    two, _ = call_to(Embedded(embedded).connection(), urn="two")
    id_, first = delegation.create(inputs(), one)
    _, second = delegation.create(inputs(destinations=["FS01"], services=["cifs"]), two)
    one, two = next_run(one), next_run(two)
    delegation.delete(id_, first, one)
    assert Embedded(embedded).delegation("HV01") == ({"cifs/FS01", "cifs/fs01.lab.test"}, TRANSITION)
    delegation.delete(id_, second, two)
    assert Embedded(embedded).delegation("HV01") == (set(), MEMBER)


def test_a_frozen_write_is_looked_up(embedded: EmbeddedDirectory) -> None:
    """The answer never comes; the account is read on a new connection, and the write is planned anew."""
    connection = Embedded(embedded).connection()
    from dataclasses import replace  # noqa: PLC0415

    quick = replace(connection, directory=replace(connection.directory, operation_timeout=1))
    call, _ = call_to(quick)
    embedded.inject("freeze", when={"operation": "modify"}, times=2)
    with pytest.raises(TimedOut):
        delegation.create(inputs(), call)
    assert Embedded(embedded).delegation("HV01") == (set(), MEMBER)
