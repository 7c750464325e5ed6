"""Which accounts may be destinations: what would make the source a domain administrator is not written unasked."""

from __future__ import annotations

from typing import Any

import pytest

from contract.directory.domains import MEMBER, TRANSITION, Domain, Embedded, call_to
from contract.directory.test_delegation import HV02, MIGRATION, inputs
from hyperv_migration.lab.directory import EmbeddedDirectory
from hyperv_migration.model.errors import Conflict
from hyperv_migration.operations import delegation
from support.callers import refused
from support.samba_bench import Bench

DC1 = {"cifs/DC1", "cifs/dc1.lab.test"}
READ_ONLY = 0x5001000
DISABLED = 0x1002


@pytest.mark.parametrize("given", [{}, {"protocolTransition": False}], ids=["any protocol", "Kerberos only"])
def test_a_domain_controller_as_destination_is_refused_unless_it_is_allowed(
    bench: Bench, domain: Domain, given: dict[str, Any]
) -> None:
    """Before any write; destroy of an allowed one is as ever."""
    wanted = {"destinations": ["DC1"], "services": ["cifs"], **given}
    with refused(Conflict, match=r"destinations\[0\] DC1: DC1 is a domain controller.*allowDomainController"):
        bench.create(**wanted)
    assert domain.delegation("HV01") == (set(), MEMBER)
    id_, state = bench.create(**wanted, allowDomainController=True)
    assert domain.delegation("HV01")[0] == DC1
    bench.delete(id_, state)
    assert domain.delegation("HV01") == (set(), MEMBER)


def test_one_that_is_there_already_stays_with_a_warning_and_blocks_nothing(bench: Bench, domain: Domain) -> None:
    """A stack of an earlier version is updated and destroyed; what an administrator took away is not written again."""
    id_, state = bench.create(destinations=["DC1"], services=["cifs"], allowDomainController=True)
    both = {"destinations": ["DC1", "HV02"], "services": ["cifs"]}
    state = bench.update(id_, state, **both)
    assert [warning for warning in bench.said.warnings if "DC1 is a domain controller" in warning]
    assert domain.delegation("HV01")[0] == DC1 | {name for name in HV02 if name.startswith("cifs")}

    domain.set_delegation("HV01", sorted(DC1), MEMBER)
    fresh = bench.read(id_, state)
    assert fresh is not None
    with refused(Conflict, match="DC1 is a domain controller"):
        bench.update(id_, fresh, **both)
    assert domain.delegation("HV01") == (DC1, MEMBER)
    bench.delete(id_, fresh)
    assert domain.delegation("HV01") == (set(), MEMBER)


@pytest.mark.parametrize(
    ("attribute", "value", "says"),
    [
        ("userAccountControl", str(READ_ONLY), "is a domain controller"),
        ("primaryGroupID", "516", "is a domain controller"),
        ("primaryGroupID", "521", "is a domain controller"),
        ("userAccountControl", str(DISABLED), "is disabled"),
    ],
)
@pytest.mark.parametrize("services", [["cifs"], [MIGRATION]])
def test_every_kind_of_destination_that_a_source_is_refused_for(
    embedded: EmbeddedDirectory, attribute: str, value: str, says: str, services: list[str]
) -> None:
    """A read-only controller, one by its primary group only, and a disabled account."""
    embedded.administrator.set_attribute("HV02", attribute, [value])
    call, _ = call_to(Embedded(embedded).connection())
    with pytest.raises(Conflict, match=rf"destinations\[0\] HV02: .*{says}.*nothing was written"):
        delegation.create(inputs(services=services), call)
    with pytest.raises(Conflict, match=says):
        delegation.create(inputs(source="HV02", destinations=["HV01"], services=services), call)
    assert Embedded(embedded).delegation("HV01") == (set(), MEMBER)


def test_a_destination_that_was_disabled_later_blocks_no_other(embedded: EmbeddedDirectory) -> None:
    """One host of a mesh is taken out of service; the others go on being looked after."""
    domain = Embedded(embedded)
    call, heard = call_to(domain.connection())
    id_, state = delegation.create(inputs(), call)
    embedded.administrator.set_user_account_control("HV02", DISABLED)
    domain.set_delegation("HV01", sorted(HV02), MEMBER)
    fresh = delegation.read(id_, state, call)
    assert fresh is not None
    delegation.update(id_, fresh, inputs(), call)
    assert domain.delegation("HV01") == (HV02, TRANSITION)
    assert [warning for warning in heard.warnings if "HV02 is disabled" in warning]
