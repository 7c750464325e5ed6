"""MigrationHost and MigrationNetwork through the real engine, on emulated hosts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from acceptance.conftest import Labs, Stacks
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Host, Network
from support.engine import OperationFailedError, Program, Stack
from support.faces import Face

pytestmark = pytest.mark.engine

SUBNET = "192.168.10.0/24"


def host(**inputs: Any) -> Program:
    """A program of one host."""

    def program(face: Face) -> None:
        face.MigrationHost("hv01", computer_name="hv01.lab.test", **inputs)

    return program


def network(**inputs: Any) -> Program:
    """A program of one network."""

    def program(face: Face) -> None:
        face.MigrationNetwork("net", computer_name="hv01.lab.test", **inputs)

    return program


def failed(operation: Callable[..., Any], **options: Any) -> str:
    """What the engine said when an operation failed."""
    with pytest.raises(OperationFailedError) as refused:
        operation(**options)
    assert "Traceback" not in refused.value.run.output
    return refused.value.run.output


def test_a_host_from_up_to_destroy(lab: Lab, stack_of: Stacks) -> None:
    """Turned to Kerberos, changed in place, drifted by hand, repaired, and put back as it was found."""
    hv01 = lab.hosts["HV01"]
    found = hv01.snapshot
    stack = stack_of(lab, host(enabled=True, authentication_type="Kerberos"))
    assert stack.up().steps["hv01"] == "create"
    assert (hv01.settings["EnableVirtualSystemMigration"], hv01.settings["AuthenticationType"]) == (True, 1)
    assert stack.is_settled()

    stack.program = host(enabled=True, authentication_type="Kerberos", maximum_virtual_machine_migrations=4)
    assert stack.up().steps["hv01"] == "update"
    assert hv01.settings["MaximumActiveVirtualSystemMigration"] == 4

    hv01.change(AuthenticationType=0)
    assert stack.is_settled()
    refreshed = stack.refresh()
    assert "~authenticationType" in refreshed.shown["hv01"]
    assert not stack.is_settled()
    assert "~authenticationType" in stack.up().shown["hv01"]
    assert hv01.settings["AuthenticationType"] == 1
    assert stack.is_settled()

    stack.destroy()
    assert hv01.snapshot == found
    assert stack.resources() == {}


def test_a_preview_sends_nothing(lab: Lab, stack_of: Stacks) -> None:
    """No message reaches the host before `up`, neither for a new resource nor for an existing one."""
    stack = stack_of(lab, host(enabled=True))
    stack.preview()
    assert lab.hosts["HV01"].journal.received() == []
    stack.up()
    lab.hosts["HV01"].journal.reset()
    stack.program = host(enabled=False)
    stack.preview()
    assert lab.hosts["HV01"].journal.received() == []


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (host(maximum_storage_migrations=-1, authentication_type="NTLM"), ["0 or more", "one of Kerberos, CredSSP"]),
        (network(subnet="192.168.10.5/24"), ["the subnet is 192.168.10.0/24"]),
        (network(subnet="192.168.*"), ["wildcard"]),
    ],
)
def test_bad_input_is_refused_before_anything_is_sent(
    lab: Lab, stack_of: Stacks, program: Program, words: list[str]
) -> None:
    """Every failure of a resource is told at once, in a preview already."""
    said = failed(stack_of(lab, program).preview)
    assert [word for word in words if word not in said] == []
    assert lab.hosts["HV01"].journal.received() == []


def test_a_host_that_does_not_answer_keeps_its_state(lab: Lab, stack_of: Stacks) -> None:
    """Unreachable is an error in refresh and destroy, never an absence."""
    stack = stack_of(lab, host(enabled=True))
    stack.up()
    lab.hosts["HV01"].stop_listening()
    assert "cannot be reached" in failed(stack.refresh)
    assert "cannot be reached" in failed(stack.destroy)
    assert "hv01" in stack.resources()
    lab.hosts["HV01"].resume_listening()
    stack.destroy()
    assert lab.hosts["HV01"].settings["EnableVirtualSystemMigration"] is False


def test_forgetting_an_unreachable_host_is_said_in_the_configuration(lab: Lab, stack_of: Stacks) -> None:
    """OnUnreachableDestroy forget gives up with a warning."""
    stack = stack_of(lab, host(enabled=True), onUnreachableDestroy="forget")
    stack.up()
    lab.hosts["HV01"].stop_listening()
    assert any("forgotten" in warning for warning in stack.destroy().said("warning"))
    assert stack.resources() == {}


def test_partial_work_is_kept_and_completed_by_the_next_up(lab: Lab, stack_of: Stacks) -> None:
    """The write succeeds and the host dies before it can be read back: the state still knows what was found."""
    hv01 = lab.hosts["HV01"]
    found = hv01.snapshot
    stack = stack_of(lab, host(enabled=True))
    hv01.inject("reset-after", when={"method": "ModifyServiceSettings"})
    hv01.inject("refuse-connection", times=9, when={"operation": "connect", "after": 1})
    failed(stack.up)
    assert stack.resources()["hv01"]["initErrors"]
    assert stack.resources()["hv01"]["outputs"]["priorSettings"] == {"enabled": False}
    hv01.faults.clear()
    assert stack.up().steps["hv01"] == "update"
    assert "initErrors" not in stack.resources()["hv01"]
    assert stack.is_settled()
    stack.destroy()
    assert hv01.snapshot == found


def test_other_resources_can_depend_on_what_a_host_says(lab: Lab, stack_of: Stacks) -> None:
    """Outputs are declared, typed, and known after `up`."""

    def program(face: Face) -> None:
        made = face.MigrationHost("hv01", computer_name="hv01.lab.test", enabled=True)
        pulumi.export("listening", made.listener_addresses)
        pulumi.export("build", made.os_build)
        pulumi.export("prior", made.prior_settings)
        pulumi.export("signIn", made.sign_in_required)

    outputs = stack_of(lab, program).up().outputs
    assert outputs == {"listening": ["192.168.10.11"], "build": 20348, "prior": {"enabled": False}, "signIn": True}


def test_another_host_is_a_replacement_that_creates_first(lab: Lab, stack_of: Stacks) -> None:
    """HV02 is configured before HV01 is put back, so that a name that cannot be reached costs HV01 nothing."""

    def program_for(name: str) -> Program:
        return lambda face: face.MigrationHost("host", computer_name=name, enabled=True)

    stack = stack_of(lab, program_for("hv01.lab.test"))
    stack.up()
    stack.program = program_for("hv02.lab.test")
    assert "replace" in stack.up().changes
    enabled = [lab.hosts[name].settings["EnableVirtualSystemMigration"] for name in ("HV01", "HV02")]
    assert enabled == [False, True]
    assert lab.hosts["HV02"].history[0].time < lab.hosts["HV01"].history[-1].time


def test_the_same_host_under_another_spelling_is_an_update_without_a_write(lab: Lab, stack_of: Stacks) -> None:
    """hv01 and HV01.LAB.TEST are one machine (DESIGN §3, Replace)."""
    addresses = {**lab.configuration()["addresses"], "hv01": lab.hosts["HV01"].url}
    stack = stack_of(lab, host(enabled=True), addresses=addresses)
    stack.up()
    writes = len(lab.hosts["HV01"].history)

    def respelled(face: Face) -> None:
        face.MigrationHost("hv01", computer_name="HV01", enabled=True)

    stack.program = respelled
    assert stack.up().steps["hv01"] == "update"
    assert len(lab.hosts["HV01"].history) == writes


def test_a_forced_replace_leaves_the_host_as_declared(lab: Lab, stack_of: Stacks) -> None:
    """`up --replace` never asks Diff; the host ends configured and still knows what was found."""
    stack = stack_of(lab, host(enabled=True))
    stack.up()
    stack.up(replace=[stack.resources()["hv01"]["urn"]])
    assert lab.hosts["HV01"].settings["EnableVirtualSystemMigration"] is True
    stack.destroy()
    assert lab.hosts["HV01"].settings["EnableVirtualSystemMigration"] is False


def test_a_host_without_hyper_v_drops_out_of_the_state(lab: Lab, stack_of: Stacks) -> None:
    """Only a positive absence does that."""
    stack = stack_of(lab, host(enabled=True))
    stack.up()
    lab.hosts["HV01"].change_facts(role_installed=False)
    stack.refresh()
    assert stack.resources() == {}


def test_a_network_from_up_to_destroy(lab: Lab, stack_of: Stacks) -> None:
    """Added, its priority changed in place, removed by hand, added again, removed."""
    hv01 = lab.hosts["HV01"]
    stack = stack_of(lab, network(subnet=SUBNET, priority=15))
    stack.up()
    assert [(entry.subnet_number, entry.metric) for entry in hv01.networks] == [("192.168.10.0", 15)]
    stack.program = network(subnet=SUBNET, priority=5)
    assert stack.up().steps["net"] == "update"
    assert [entry.metric for entry in hv01.networks] == [5]
    hv01.remove_network(SUBNET)
    stack.refresh()
    assert stack.resources() == {}
    assert stack.up().steps["net"] == "create"
    stack.destroy()
    assert hv01.networks == ()


def test_another_subnet_is_added_before_the_old_one_goes(lab: Lab, stack_of: Stacks) -> None:
    """Something listens at every moment (hyperv-wsman.md §2.5)."""
    stack = stack_of(lab, network(subnet=SUBNET))
    stack.up()
    stack.program = network(subnet="192.168.20.0/24")
    stack.up()
    changes = [change.what for change in lab.hosts["HV01"].history]
    assert changes == ["network added", "network added", "network removed"]
    assert [entry.subnet_number for entry in lab.hosts["HV01"].networks] == ["192.168.20.0"]


def test_networks_of_others_survive(lab_of: Labs, stack_of: Stacks) -> None:
    """An adopted entry stays with its metric, one of a cluster is never touched."""
    theirs = Network(subnet_number="192.168.10.0", prefix_length=24, metric=7)
    clusters = Network(subnet_number="10.9.0.0", prefix_length=16, metric=5000, tags=("Microsoft:ClusterManaged",))
    lab = lab_of(Host(name="HV01", networks=(theirs, clusters)))
    found = lab.hosts["HV01"].networks
    stack = stack_of(lab, network(subnet=SUBNET, priority=1))
    stack.up()
    stack.destroy()
    assert lab.hosts["HV01"].networks == found


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ({"onUnreachabelDestroy": "fail"}, "did you mean onUnreachableDestroy"),
        ({"winrm": {"transport": "telnet"}}, "winrm.transport must be one of"),
    ],
)
def test_a_wrong_configuration_is_told_where_it_is_wrong(
    lab: Lab, stack_of: Stacks, configuration: dict[str, Any], words: str
) -> None:
    """In the preview, without a traceback."""
    assert words in failed(stack_of(lab, host(enabled=True), **configuration).preview)


def test_a_password_in_clear_is_refused(lab: Lab, stack_of: Stacks) -> None:
    """It would lie in the state in clear."""
    stack: Stack = stack_of(lab, host(enabled=True))
    stack.configure({"hyperv-migration:password": "Planted-Clear-1"})
    said = failed(stack.preview)
    assert "pulumi config set --secret hyperv-migration:password" in said
    assert "Planted-Clear-1" not in said
