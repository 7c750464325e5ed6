"""Destinations that are renamed, deleted or made anew, and names that come to be on two accounts: refresh tells."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contract.directory.domains import MEMBER, TRANSITION, Domain, Embedded, call_to
from contract.directory.test_delegation import MIGRATION, inputs
from hyperv_migration.lab.directory import EmbeddedDirectory
from hyperv_migration.model.errors import NotFound
from hyperv_migration.operations import delegation
from hyperv_migration.operations.ports import Call
from support.callers import refused
from support.said import Said
from support.samba_bench import KIND, Bench

NEW = {"cifs/HV22", "cifs/hv22.lab.test", f"{MIGRATION}/HV22", f"{MIGRATION}/hv22.lab.test"}


@pytest.fixture
def renamed(domain: Domain) -> Iterator[list[str]]:
    """Give what was renamed its name back, since the domain is shared."""
    names: list[str] = []
    yield names
    if names:
        domain.rename(*reversed(names))


@pytest.fixture
def told(embedded: EmbeddedDirectory) -> tuple[Call, Said]:
    """A call on the embedded directory, and what its log hears."""
    return call_to(Embedded(embedded).connection())


@pytest.mark.parametrize("spelled", ["HV02", "guid"])
def test_a_renamed_destination_is_shown_as_drift_and_repaired(
    bench: Bench, domain: Domain, renamed: list[str], spelled: str
) -> None:
    """The present names are listed, our former ones taken away; the program may go on naming it as before, or by GUID."""
    id_, state = bench.create()
    if spelled == "guid":
        spelled = next(iter(state["destinationAccounts"]))
        state = bench.update(id_, state, destinations=[spelled])
    domain.rename("HV02", "HV22")
    renamed += ["HV02", "HV22"]
    fresh = bench.read(id_, state)
    assert fresh is not None
    assert bench.ready().diff(KIND, id_, fresh, inputs(destinations=[spelled]))
    assert [said for said in bench.said.warnings if "was renamed to HV22" in said]
    after = bench.update(id_, fresh, destinations=[spelled])
    assert domain.delegation("HV01") == (NEW, TRANSITION)
    assert set(after["addedServicePrincipalNames"]) == NEW
    again = bench.read(id_, after)
    assert again is not None
    assert not bench.ready().diff(KIND, id_, again, inputs(destinations=[spelled]))
    bench.delete(id_, again)
    assert domain.delegation("HV01") == (set(), MEMBER)


def test_an_update_without_a_refresh_repairs_it_too(bench: Bench, domain: Domain, renamed: list[str]) -> None:
    """Some other change is made; what was found stays."""
    domain.set_delegation("HV01", ["cifs/HV02"], MEMBER)
    id_, state = bench.create(services=["cifs"])
    domain.rename("HV02", "HV22")
    renamed += ["HV02", "HV22"]
    bench.update(id_, state)
    assert domain.delegation("HV01") == (NEW | {"cifs/HV02"}, TRANSITION)


def test_a_rename_that_somebody_has_followed_by_hand_leaves_ours_to_be_taken_away(
    embedded: EmbeddedDirectory, told: tuple[Call, Said]
) -> None:
    """The new names are there already, and not ours; our old ones would stay for ever."""
    call, _ = told
    id_, state = delegation.create(inputs(), call)
    embedded.administrator.rename_computer("HV02", "HV22")
    embedded.administrator.add_delegation("HV01", sorted(NEW))
    fresh = delegation.read(id_, state, call)
    assert fresh is not None
    assert delegation.diff(fresh, inputs()).changed == ("destinations",)
    after = delegation.update(id_, fresh, inputs(), call)
    assert Embedded(embedded).delegation("HV01")[0] == NEW
    assert after["addedServicePrincipalNames"] == []


def test_two_hosts_that_swapped_their_names_need_no_write(embedded: EmbeddedDirectory, told: tuple[Call, Said]) -> None:
    """The list is of names; each is still needed by one of them."""
    call, _ = told
    embedded.administrator.create_computer("HV03")
    given = inputs(destinations=["HV02", "HV03"])
    id_, state = delegation.create(given, call)
    for old, new in (("HV02", "HV0X"), ("HV03", "HV02"), ("HV0X", "HV03")):
        embedded.administrator.rename_computer(old, new)
    fresh = delegation.read(id_, state, call)
    assert fresh is not None
    assert not delegation.diff(fresh, given)


def test_a_destination_that_is_gone_is_a_warning_and_no_failure(
    embedded: EmbeddedDirectory, told: tuple[Call, Said]
) -> None:
    """Its entries stay listed, which is told; a destroy needs it not."""
    call, heard = told
    id_, state = delegation.create(inputs(), call)
    embedded.administrator.delete_computer("HV02")
    fresh = delegation.read(id_, state, call)
    assert fresh == state
    assert [said for said in heard.warnings if "HV02" in said and "Its entries stay listed" in said]
    delegation.delete(id_, state, call)


def test_a_destination_that_was_made_anew_is_told_once(embedded: EmbeddedDirectory, told: tuple[Call, Said]) -> None:
    """The entries count for whoever has the names."""
    call, heard = told
    id_, state = delegation.create(inputs(), call)
    embedded.administrator.delete_computer("HV02")
    embedded.administrator.create_computer("HV02")
    fresh = delegation.read(id_, state, call)
    assert fresh is not None
    assert not delegation.diff(fresh, inputs())
    assert delegation.read(id_, fresh, call) == fresh
    assert len([said for said in heard.warnings if "is another account by now" in said]) == 1


@pytest.mark.parametrize("former", ["CN=HV22,CN=Computers,DC=lab,DC=test", "which is gone"])
def test_a_new_account_under_the_old_name_of_a_renamed_one_is_told_in_one_sentence(
    embedded: EmbeddedDirectory, told: tuple[Call, Said], former: str
) -> None:
    """The list has the names of the renamed one; the program means the new one, and the next up gives it the delegation."""
    call, heard = told
    id_, state = delegation.create(inputs(), call)
    old = next(iter(state["destinationAccounts"]))
    embedded.administrator.rename_computer("HV02", "HV22")
    state = delegation.update(id_, state, inputs(), call)
    assert Embedded(embedded).delegation("HV01")[0] == NEW
    embedded.administrator.create_computer("HV02")
    if former == "which is gone":
        embedded.administrator.delete_computer("HV22")
    fresh = delegation.read(id_, state, call)
    assert fresh is not None
    (new,) = fresh["destinationAccounts"]
    (said,) = heard.warnings
    assert f"CN=HV02,CN=Computers,DC=lab,DC=test ({new}). The list holds the names" in said
    assert f"the former account, {former} ({old})" in said
    assert "renamed to" not in said
    assert delegation.diff(fresh, inputs()).changed == ("destinations",)
    after = delegation.update(id_, fresh, inputs(), call)
    assert Embedded(embedded).delegation("HV01")[0] == set(after["addedServicePrincipalNames"])
    assert not Embedded(embedded).delegation("HV01")[0] & NEW
    assert delegation.read(id_, after, call) is not None
    assert len(heard.warnings) == 1


@pytest.mark.parametrize("by", ["computer", "alias"])
def test_a_name_that_is_on_two_accounts_by_now_is_a_warning(
    embedded: EmbeddedDirectory, told: tuple[Call, Said], by: str
) -> None:
    """No ticket is issued for it; refresh says so and goes on."""
    call, heard = told
    id_, state = delegation.create(inputs(), call)
    embedded.administrator.add_spns("FS01", [f"{MIGRATION}/HV02" if by == "computer" else "HOST/hv02.lab.test"])
    assert delegation.read(id_, state, call) == state
    assert [said for said in heard.warnings if "is on 2 accounts" in said]


def test_a_source_that_was_made_anew_is_told_as_such(embedded: EmbeddedDirectory, told: tuple[Call, Said]) -> None:
    """The name is there, the account is another one."""
    call, _ = told
    id_, state = delegation.create(inputs(), call)
    embedded.administrator.delete_computer("HV01")
    embedded.administrator.create_computer("HV01")
    with pytest.raises(NotFound, match=r"source HV01: the account .* is gone, and CN=HV01,.* is another one"):
        delegation.update(id_, state, inputs(services=["cifs"]), call)
    assert delegation.read(id_, state, call) is None


@pytest.mark.parametrize("end", ["source", "destination"])
def test_what_the_base_hides_is_told_as_such(bench: Bench, domain: Domain, end: str) -> None:
    """It is in the domain, and not below directory.baseDn; another domain is something else."""
    bench.configuration["directory"]["baseDn"] = "OU=Domain Controllers,DC=lab,DC=test"
    names = {"source": "DC1"} if end == "destination" else {"destinations": ["DC1"]}
    with refused(
        NotFound, match=r"HV0[12] is CN=HV0[12],CN=Computers,DC=lab,DC=test, which is not below directory.baseDn"
    ):
        bench.create(**names)
    with refused(NotFound, match="HV99: lab.test has no such computer account"):
        bench.create(source="DC1", destinations=["HV99"])
    assert domain.delegation("HV01") == (set(), MEMBER)
