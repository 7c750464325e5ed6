"""KerberosDelegation from create to delete, on a real LDAP server."""

from __future__ import annotations

from typing import Any

import pytest

from contract.directory.domains import MEMBER, TRANSITION, Domain, call_to, next_run
from hyperv_migration.model.errors import AccessDenied, Conflict, NotFound
from hyperv_migration.operations import delegation

MIGRATION = "Microsoft Virtual System Migration Service"
HV02 = {"cifs/HV02", "cifs/hv02.lab.test", f"{MIGRATION}/HV02", f"{MIGRATION}/hv02.lab.test"}
FS01 = {"cifs/FS01", "cifs/fs01.lab.test"}


def inputs(**given: Any) -> dict[str, Any]:
    """Return checked inputs for HV01 towards HV02."""
    checked, failures = delegation.check({"source": "HV01", "destinations": ["HV02"], **given})
    assert failures == []
    return checked


def test_create_lists_four_entries_and_switches_protocol_transition_on(domain: Domain) -> None:
    """Short name and FQDN of both services, and "use any authentication protocol"."""
    call, _ = call_to(domain.connection())
    delegation.create(inputs(), call)
    assert domain.delegation("HV01") == (HV02, TRANSITION)


def test_the_state_says_what_was_done(domain: Domain) -> None:
    """The id is the source's objectGUID; what was added is in the ledger."""
    call, _ = call_to(domain.connection())
    id_, state = delegation.create(inputs(), call)
    assert (id_, set(state["addedServicePrincipalNames"]), set(state["servicePrincipalNames"])) == (
        state["sourceGuid"],
        HV02,
        HV02,
    )
    assert (state["sourceDn"], state["domainController"], state["replicatedTo"], state["pendingReplication"]) == (
        "CN=HV01,CN=Computers,DC=lab,DC=test",
        "dc1.lab.test",
        ["dc1.lab.test"],
        [],
    )


def test_a_second_look_shows_no_difference(domain: Domain) -> None:
    """Refresh changes nothing, and neither does the next preview."""
    call, _ = call_to(domain.connection())
    id_, state = delegation.create(inputs(), call)
    assert delegation.read(id_, state, call) == state
    assert not delegation.diff(state, inputs())
    assert delegation.read_inputs(state) == inputs()


def test_destroy_leaves_the_account_as_it_was(domain: Domain) -> None:
    """What was found comes back."""
    call, _ = call_to(domain.connection())
    id_, state = delegation.create(inputs(), call)
    call = next_run(call)
    delegation.delete(id_, state, call)
    assert domain.delegation("HV01") == (set(), MEMBER)


def test_a_delete_may_be_repeated(domain: Domain) -> None:
    """A destroy that was cut off is run again."""
    call, _ = call_to(domain.connection())
    id_, state = delegation.create(inputs(), call)
    call = next_run(call)
    delegation.delete(id_, state, call)
    delegation.delete(id_, state, call)
    assert domain.delegation("HV01") == (set(), MEMBER)


def test_entries_of_others_survive_everything(domain: Domain) -> None:
    """Only what this resource added is removed, and Kerberos-only entries are Kerberos-only again."""
    domain.set_delegation("HV01", ["http/web", "CIFS/hv02"], MEMBER)
    call, _ = call_to(domain.connection())
    id_, state = delegation.create(inputs(), call)
    assert domain.delegation("HV01") == ((HV02 - {"cifs/HV02"}) | {"http/web", "CIFS/hv02"}, TRANSITION)
    call = next_run(call)
    delegation.delete(id_, state, call)
    assert domain.delegation("HV01") == ({"http/web", "CIFS/hv02"}, MEMBER)


def test_remove_declared_takes_what_was_found_too(domain: Domain) -> None:
    """The declared entries go whoever put them there; the others stay."""
    domain.set_delegation("HV01", ["http/web", "cifs/HV02"], TRANSITION)
    call, _ = call_to(domain.connection())
    id_, state = delegation.create(inputs(onDestroy="RemoveDeclared"), call)
    call = next_run(call)
    delegation.delete(id_, state, call)
    assert domain.delegation("HV01") == ({"http/web"}, TRANSITION)


def test_drift_is_shown_and_repaired(domain: Domain) -> None:
    """Somebody removed one entry by hand: the destination is not whole, and the next update makes it so."""
    call, _ = call_to(domain.connection())
    id_, state = delegation.create(inputs(), call)
    domain.set_delegation("HV01", sorted(HV02 - {"cifs/HV02"}), MEMBER)
    drifted = delegation.read(id_, state, call)
    assert drifted is not None
    assert (drifted["destinations"], drifted["protocolTransition"]) == ([], False)
    assert delegation.diff(drifted, inputs()).changed == ("destinations", "protocolTransition")
    repaired = delegation.update(id_, drifted, inputs(), call)
    assert domain.delegation("HV01") == (HV02, TRANSITION)
    assert set(repaired["addedServicePrincipalNames"]) == HV02


def test_another_destination_replaces_the_former_in_place(domain: Domain) -> None:
    """One update adds the new entries and removes our old ones."""
    call, _ = call_to(domain.connection())
    id_, state = delegation.create(inputs(services=["cifs"]), call)
    changed = delegation.update(id_, state, inputs(services=["cifs"], destinations=["fs01.lab.test"]), call)
    assert domain.delegation("HV01") == (FS01, TRANSITION)
    assert set(changed["addedServicePrincipalNames"]) == FS01


def test_a_respelled_program_is_understood_and_writes_nothing(domain: Domain) -> None:
    """The GUID decides."""
    call, _ = call_to(domain.connection())
    id_, state = delegation.create(inputs(), call)
    news = inputs(source="hv01.lab.test", destinations=["hv02$"])
    assert not delegation.diff(state, news)
    assert delegation.update(id_, state, news, call)["destinations"] == ["hv02$"]
    assert domain.delegation("HV01") == (HV02, TRANSITION)


@pytest.mark.parametrize("found", [MEMBER, TRANSITION])
def test_kerberos_only_switches_the_bit_off_and_destroy_puts_it_back(domain: Domain, found: int) -> None:
    """With an empty list nobody else needs it; the found value returns."""
    domain.set_delegation("HV01", [], found)
    call, _ = call_to(domain.connection())
    id_, state = delegation.create(inputs(protocolTransition=False), call)
    assert domain.delegation("HV01") == (HV02, MEMBER)
    call = next_run(call)
    delegation.delete(id_, state, call)
    assert domain.delegation("HV01") == (set(), found)


def test_kerberos_only_beside_entries_of_others_is_a_conflict(domain: Domain) -> None:
    """Their migrations would break; nothing is written."""
    domain.set_delegation("HV01", ["http/web"], TRANSITION)
    call, _ = call_to(domain.connection())
    with pytest.raises(Conflict, match="1 other entries with protocol transition"):
        delegation.create(inputs(protocolTransition=False), call)
    assert domain.delegation("HV01") == ({"http/web"}, TRANSITION)


def test_protocol_transition_of_ours_is_taken_back_beside_entries_that_were_found(domain: Domain) -> None:
    """The advice of the warning at create works, and true, false and destroy each leave the others as they were."""
    domain.set_delegation("HV01", ["http/web"], MEMBER)
    call, log = call_to(domain.connection())
    id_, state = delegation.create(inputs(), call)
    assert any("set protocolTransition to false, and the next up takes it back" in text for text in log.warnings)
    assert domain.delegation("HV01") == ({*HV02, "http/web"}, TRANSITION)
    call = next_run(call)
    state = delegation.update(id_, state, inputs(protocolTransition=False), call)
    assert domain.delegation("HV01") == ({*HV02, "http/web"}, MEMBER)
    call = next_run(call)
    delegation.delete(id_, state, call)
    assert domain.delegation("HV01") == ({"http/web"}, MEMBER)


def test_unconstrained_delegation_is_refused_unless_it_may_be_replaced(domain: Domain) -> None:
    """It goes in the same modify and comes back on destroy."""
    domain.set_delegation("HV01", [], 0x81000)
    call, _ = call_to(domain.connection())
    with pytest.raises(Conflict, match="unconstrained"):
        delegation.create(inputs(), call)
    id_, state = delegation.create(inputs(replaceUnconstrained=True), call)
    assert domain.delegation("HV01") == (HV02, TRANSITION)
    call = next_run(call)
    delegation.delete(id_, state, call)
    assert domain.delegation("HV01") == (set(), 0x81000)


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"destinations": ["HV99"]}, NotFound, "destinations[0] HV99: lab.test has no such computer account"),
        ({"source": "HV99"}, NotFound, "source HV99: lab.test has no such computer account"),
        ({"destinations": ["FS01"]}, NotFound, f"No account carries the service principal name {MIGRATION}/FS01"),
        ({"source": "DC1"}, Conflict, "DC1 is a domain controller"),
    ],
)
def test_a_name_or_account_that_cannot_be_is_refused(
    domain: Domain, given: dict[str, Any], error: type[Exception], says: str
) -> None:
    """One sentence says which and why; nothing is written."""
    call, _ = call_to(domain.connection())
    with pytest.raises(error) as refused:
        delegation.create(inputs(**given), call)
    assert str(refused.value).startswith(says)
    assert domain.delegation("HV01") == (set(), MEMBER)


def test_a_user_without_the_privilege_is_told_its_name(domain: Domain) -> None:
    """Write access to the account is not enough."""
    call, _ = call_to(domain.connection(user="bob"))
    with pytest.raises(
        AccessDenied, match=r"msDS-AllowedToDelegateTo and userAccountControl.*SeEnableDelegationPrivilege"
    ):
        delegation.create(inputs(), call)
    assert domain.delegation("HV01") == (set(), MEMBER)


def test_a_source_that_never_was_is_gone(domain: Domain) -> None:
    """The directory answers and has no such GUID."""
    call, _ = call_to(domain.connection())
    _, state = delegation.create(inputs(), call)
    nobody = "00000000-0000-0000-0000-0000000000aa"
    assert delegation.read(nobody, {**state, "sourceGuid": nobody}, call) is None
    delegation.delete(nobody, state, call)
    assert domain.delegation("HV01") == (HV02, TRANSITION)


@pytest.mark.parametrize("name", ["HV01", "hv01.lab.test", "HV01$", "CN=HV01,CN=Computers,DC=lab,DC=test"])
def test_an_import_finds_the_source_by_any_name_and_claims_nothing(domain: Domain, name: str) -> None:
    """Whole destinations are listed; the foreign entries are not, and destroy would leave everything."""
    domain.set_delegation("HV01", [*HV02, "cifs/FS01", "http/web"], TRANSITION)
    call, _ = call_to(domain.connection())
    state = delegation.read(name, {}, call)
    assert state is not None
    assert (state["destinations"], state["services"], state["addedServicePrincipalNames"]) == (
        ["hv02.lab.test"],
        ["cifs", MIGRATION],
        [],
    )
    assert not delegation.diff(state, inputs(source=name, destinations=["HV02"]))
    delegation.delete(state["sourceGuid"], state, call)
    assert domain.delegation("HV01") == ({*HV02, "cifs/FS01", "http/web"}, TRANSITION)


def test_a_replace_that_creates_first_keeps_the_new_entries(domain: Domain) -> None:
    """A forced replace has the engine delete the old resource after the new one of the same id was created."""
    call, heard = call_to(domain.connection())
    id_, old = delegation.create(inputs(), call)
    call = next_run(call)
    _, new = delegation.create(inputs(), call)
    delegation.delete(id_, old, call)
    assert domain.delegation("HV01") == (HV02, TRANSITION)
    assert heard.warnings == []
    # The new resource knows by the note of the old one's create what both have added.
    assert set(new["addedServicePrincipalNames"]) == HV02
    delegation.delete(id_, new, next_run(call))
    assert domain.delegation("HV01") == (set(), MEMBER)


def test_tickets_that_could_not_be_purged_are_a_warning(domain: Domain) -> None:
    """The delegation is written; the operator is told the step by hand."""
    call, heard = call_to(domain.connection())
    _, state = delegation.create(inputs(purgeTickets=True), call)
    assert state["newTicketNeeded"] is True
    assert ["klist -li 0x3e7 purge" in warning for warning in heard.warnings] == [True]
