"""What was found on the source's account is there after destroy, byte for byte, however alike it is to an entry of ours."""

from __future__ import annotations

import pytest

from contract.directory.domains import MEMBER, TRANSITION, Domain
from contract.directory.test_delegation import HV02, MIGRATION
from support.samba_bench import Bench

FOUND = [
    pytest.param(["cifs/HV02.LAB.TEST "], id="blank behind"),
    pytest.param([" cifs/hv02"], id="blank before"),
    pytest.param([MIGRATION.replace(" ", "  ") + "/HV02"], id="doubled blank"),
    pytest.param(["cifs/HV02 ", "CIFS/hv02", "cifs/hv02.lab.test  ", "http/web"], id="several"),
]


@pytest.mark.parametrize("found", FOUND)
def test_a_found_value_that_a_blank_tells_apart_survives_destroy(
    bench: Bench, domain: Domain, found: list[str]
) -> None:
    """A delete of our entry takes the found one on Samba, which folds blanks when it compares."""
    domain.set_delegation("HV01", found, MEMBER)
    id_, state = bench.create()
    assert domain.delegation("HV01")[0] >= set(found)
    assert set(state["addedServicePrincipalNames"]) == HV02 - {"cifs/HV02" if "CIFS/hv02" in found else ""}
    bench.delete(id_, state)
    assert domain.delegation("HV01") == (set(found), MEMBER)


def test_a_found_value_survives_the_update_that_gives_its_neighbour_up(bench: Bench, domain: Domain) -> None:
    """A class of services is taken out of the program."""
    domain.set_delegation("HV01", ["cifs/HV02 "], MEMBER)
    id_, state = bench.create()
    bench.update(id_, state, services=[MIGRATION])
    listed = {"cifs/HV02 ", *(name for name in HV02 if name.startswith(MIGRATION))}
    assert domain.delegation("HV01") == (listed, TRANSITION)


def test_remove_declared_leaves_what_a_blank_makes_another_value(bench: Bench, domain: Domain) -> None:
    """Case is ignored by the KDC, a blank is not, so it is no declared entry."""
    domain.set_delegation("HV01", ["CIFS/hv02", "cifs/HV02 "], MEMBER)
    id_, state = bench.create(onDestroy="RemoveDeclared")
    bench.delete(id_, state)
    assert domain.delegation("HV01") == ({"cifs/HV02 "}, MEMBER)


def test_a_value_that_differs_in_case_and_came_later_is_not_ours(bench: Bench, domain: Domain) -> None:
    """Samba takes both; destroy removes exactly the one that was added."""
    id_, state = bench.create()
    domain.set_delegation("HV01", ["CIFS/hv02", *sorted(HV02)], TRANSITION)
    fresh = bench.read(id_, state)
    assert fresh is not None
    bench.delete(id_, fresh)
    assert domain.delegation("HV01")[0] == {"CIFS/hv02"}
