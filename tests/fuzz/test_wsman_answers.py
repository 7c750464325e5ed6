"""Whatever a host answers, every operation ends in time, with the truth or with an error of our tree."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from fuzz import campaign
from fuzz.hostile_host import HostileLab
from fuzz.xml_mutations import Mutation, mutations
from hyperv_migration.operations.resources import RESOURCES
from support.hosts import PASSWORD

ANSWERS = 16
SECONDS = 10.0
INPUTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "MigrationHost": (
        {
            "computerName": "hv01.lab.test",
            "enabled": True,
            "authenticationType": "Kerberos",
            "performanceOption": "SMB",
            "maximumVirtualMachineMigrations": 4,
            "useAnyNetwork": False,
        },
        {"computerName": "hv01.lab.test", "enabled": False, "maximumStorageMigrations": 3, "useAnyNetwork": True},
    ),
    "MigrationNetwork": (
        {"computerName": "hv01.lab.test", "subnet": "192.168.10.0/24", "priority": 3},
        {"computerName": "hv01.lab.test", "subnet": "192.168.10.0/24", "priority": 9},
    ),
}

Example = tuple[str, str, bool, list[Mutation]]
examples: st.SearchStrategy[Example] = st.tuples(
    st.sampled_from(sorted(INPUTS)),
    st.sampled_from(["create", "read", "update", "delete"]),
    st.sampled_from([False] * 7 + [True]),
    mutations(ANSWERS),
)


def one_hostile_operation(example: Example) -> None:
    """Create truthfully where something must be there before, then do the one operation on changed answers."""
    kind, verb, jobs, changes = example
    lab, resource = HostileLab(), RESOURCES[kind]
    first, second = (resource.check(inputs)[0] for inputs in INPUTS[kind])
    id_, state = ("", {}) if verb == "create" else resource.create(first, lab.call())
    if jobs:
        lab.start_jobs()
    call = lab.call(changes)
    work = {
        "create": lambda: resource.create(first, call)[1],
        "read": lambda: resource.read(id_, state, call),
        "update": lambda: resource.update(id_, state, second, call),
        "delete": lambda: resource.delete(id_, state, call),
    }
    campaign.judge(work[verb], secrets=(PASSWORD,), seconds=SECONDS)
    assert not any(PASSWORD in line for line in (*lab.said.warnings, *lab.said.progressed))


def test_hostile_wsman_answers() -> None:
    """Elements dropped, doubled, renamed and emptied, wrong types, bombs, encodings, lists without an end."""
    campaign.run(one_hostile_operation, examples, count=300, share=0.3)


def one_hostile_shell(changes: list[Mutation]) -> None:
    """Purge tickets, on changed answers; a second more than the deadline is what the delete may take."""
    lab = HostileLab()
    call = lab.call(changes)
    work = call.targets.host("hv01.lab.test", None, call.deadline()).purge_tickets
    if campaign.judge(work, secrets=(PASSWORD,), seconds=SECONDS) is None:
        assert lab.lab.hosts["HV01"].purged == ["0x3e7", "0x3e4"]


def test_hostile_shell_answers() -> None:
    """The same for the command shell: success is only told where the host has really done it."""
    campaign.run(one_hostile_shell, mutations(7), count=200, share=0.1)


def test_the_answers_are_those_of_a_working_host_where_nothing_is_changed() -> None:
    """Else the fuzzer would prove nothing: each operation succeeds."""
    for kind, inputs in INPUTS.items():
        campaign.new_process()
        lab, resource = HostileLab(), RESOURCES[kind]
        first, second = (resource.check(each)[0] for each in inputs)
        call = lab.call()
        id_, state = resource.create(first, call)
        state = resource.update(id_, state, second, call)
        assert resource.read(id_, state, call) == state
        campaign.new_process()
        resource.delete(id_, state, lab.call())
        assert [said for said in lab.said.warnings if "ignored while useAnyNetwork" not in said] == []
