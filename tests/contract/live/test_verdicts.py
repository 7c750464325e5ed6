from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract.live.conftest import FOREIGN, LabOf
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Account, Host, Network, Scenario
from hyperv_migration.live.doubts import DIRECTORY_DOUBTS, HOST_DOUBTS
from support.hosts import PASSWORD
from support.live import visit

ASKED = {doubt.id for doubt in HOST_DOUBTS} - {"hyperv-administrators", "enable-outside-domain"}
"""What a domain host can be asked by its administrator."""
OTHERWISE: dict[str, dict[str, Any]] = {
    "instance-id": {"options": Options(instance_id="renewed")},
    "jobs": {"jobs": True, "options": Options(job_polls=1)},
    "duplicate-network": {"options": Options(duplicate_network=0)},
    "bad-prefix": {"options": Options(bad_prefix=0)},
    "absent-reference": {"options": Options(absent_reference=0)},
    "omitted-settings": {"options": Options(omitted_settings="reset")},
    "not-found-detail": {"options": Options(not_found_detail="MSFT_WmiError")},
    "missing-namespace": {"options": Options(missing_namespace="filter")},
    "listener-addresses": {"options": Options(listener_addresses="configured")},
    "any-network-v6": {"options": Options(any_network_v6="::0")},
    "normalise-v6": {"options": Options(normalise_v6=True)},
    "default-metric": {"options": Options(default_metric=256)},
    "omitted-tags": {"options": Options(omitted_tags="clear")},
    "maximum-limit": {"options": Options(maximum_limit=1000)},
    "metric-limit": {"options": Options(metric_limit=9999)},
    "sender-fault-status": {"options": Options(sender_fault_status=400)},
    "context-at-end": {"options": Options(context_at_end=True)},
}


def test_host_as_it_is_assumed_confirms_every_doubt(lab_of: LabOf, tmp_path: Path) -> None:
    """Every question that can be put is confirmed, and the host is as it was."""
    lab = lab_of()
    before = lab.hosts["HV01"].snapshot
    visited = visit(lab, tmp_path, write=True)
    assert (visited.status, visited.of("confirmed"), visited.of("refuted")) == (0, ASKED, set())
    assert lab.hosts["HV01"].snapshot == before


def test_every_question_of_the_host_is_tried_otherwise() -> None:
    """A question that no lab can refute could not fail."""
    assert set(OTHERWISE) == ASKED


@pytest.mark.parametrize("doubt", OTHERWISE)
def test_host_that_differs_refutes_that_doubt_and_no_other(lab_of: LabOf, tmp_path: Path, doubt: str) -> None:
    """The verdict is that of the option; and whatever the host did, it is as it was."""
    lab = lab_of(Host(name="HV01", networks=(FOREIGN,), **OTHERWISE[doubt]))
    before = lab.hosts["HV01"].snapshot
    visited = visit(lab, tmp_path, write=True)
    assert (visited.status, visited.of("refuted"), visited.of("confirmed")) == (0, {doubt}, ASKED - {doubt})
    assert lab.hosts["HV01"].snapshot == before


def test_fault_without_any_detail_refutes_as_well(lab_of: LabOf, tmp_path: Path) -> None:
    """The third form; the subcode alone still says that it is not shown."""
    lab = lab_of(Host(name="HV01", options=Options(not_found_detail="none")))
    visited = visit(lab, tmp_path)
    assert visited.verdicts["not-found-detail"] == "refuted"
    assert "DestinationUnreachable in no numbered detail, read as not shown" in visited.seen["not-found-detail"]


@pytest.mark.parametrize(("spelled", "verdict"), [("::", "confirmed"), ("::0", "refuted")])
def test_any_network_pair_that_is_there_is_only_looked_at(
    lab_of: LabOf, tmp_path: Path, spelled: str, verdict: str
) -> None:
    """Reading answers it then; nothing is added."""
    pair = tuple(
        Network(subnet_number=number, prefix_length=0, tags=("Microsoft:UserManagedAllNetworks",))
        for number in ("0.0.0.0", spelled)
    )
    lab = lab_of(Host(name="HV01", networks=pair, options=Options(any_network_v6="::1")))
    visited = visit(lab, tmp_path)
    assert (visited.verdicts["any-network-v6"], visited.seen["any-network-v6"]) == (verdict, f"spelled {spelled}")


@pytest.mark.parametrize(("code", "verdict"), [(32775, "confirmed"), (32768, "refuted")])
def test_workgroup_host_is_asked_to_enable(lab_of: LabOf, tmp_path: Path, code: int, verdict: str) -> None:
    """By the number it refuses with."""
    lab = lab_of(Host(name="HV01", domain_joined=False, options=Options(enable_outside_domain=code)))
    before = lab.hosts["HV01"].snapshot
    visited = visit(lab, tmp_path, write=True)
    assert (visited.verdicts["enable-outside-domain"], visited.seen["enable-outside-domain"], visited.status) == (
        verdict,
        f"answered {code}",
        0,
    )
    assert lab.hosts["HV01"].snapshot == before


@pytest.mark.parametrize(("member", "verdict"), [(True, "confirmed"), (False, "refuted")])
def test_rights_are_judged_where_somebody_says_what_they_are(tmp_path: Path, member: bool, verdict: str) -> None:
    """An account that claims to be in both groups is shown the settings, or it is not."""
    account = Account(
        name="narrow",
        password=PASSWORD,
        administrator=False,
        remote_management_user=True,
        hyperv_administrator=member,
    )
    with Lab(Scenario(accounts=(account,), hosts=(Host(name="HV01"),))) as lab:
        visited = visit(lab, tmp_path, USERNAME="LAB\\narrow", RIGHTS="hyperv-administrators")
    assert visited.verdicts["hyperv-administrators"] == verdict


def test_domain_is_not_asked_where_none_is_named(lab_of: LabOf, tmp_path: Path) -> None:
    """Every doubt of the directory stands in the table with its reason."""
    visited = visit(lab_of(), tmp_path)
    assert {doubt.id for doubt in DIRECTORY_DOUBTS} <= visited.of("not asked")
