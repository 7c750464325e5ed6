"""Pulumi's resource options on each face, with the real engine: each row is an option and its effect on a target."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from acceptance.conftest import Stacks
from hyperv_migration import __version__
from hyperv_migration.lab.lab import Lab
from support.engine import OperationFailedError, Program, Stack
from support.faces import PLUGIN, Face
from support.hosts import PASSWORD

pytestmark = pytest.mark.engine

HV01, HV02, HV03 = "hv01.lab.test", "hv02.lab.test", "fs01.lab.test"
SUBNET = "192.168.10.0/24"
SERVICES = ("cifs", "Microsoft Virtual System Migration Service")


def opts(**options: Any) -> pulumi.ResourceOptions:
    """Options of one resource."""
    return pulumi.ResourceOptions(**options)


def host(options: Mapping[str, Any] | None = None, **inputs: Any) -> Program:
    """A program of one host."""

    def program(face: Face) -> None:
        face.MigrationHost("host", computer_name=HV01, opts=opts(**options or {}), **inputs)

    return program


def network(options: Mapping[str, Any], **inputs: Any) -> Program:
    """A program of one network."""

    def program(face: Face) -> None:
        face.MigrationNetwork("net", computer_name=HV01, subnet=SUBNET, opts=opts(**options), **inputs)

    return program


def delegation(options: Mapping[str, Any], **inputs: Any) -> Program:
    """A program of one delegation to a host and a file server."""

    def program(face: Face) -> None:
        given = {"source": HV01, "destinations": [HV02, HV03], "services": ["cifs"], **inputs}
        face.KerberosDelegation("there", opts=opts(**options), **given)

    return program


def entries(*hosts: str) -> list[str]:
    """The entries of cifs towards some hosts."""
    return sorted(f"cifs/{name}" for host in hosts for name in (host, host.partition(".")[0].upper()))


def listed(lab: Lab) -> list[str]:
    """What HV01 may delegate to."""
    assert lab.directory is not None
    return sorted(lab.directory.administrator.read("HV01")["msDS-AllowedToDelegateTo"])


def failed(stack: Stack, operation: str) -> str:
    """What the engine said when an operation failed."""
    with pytest.raises(OperationFailedError) as refused:
        getattr(stack, operation)()
    assert "Traceback" not in refused.value.run.output
    return refused.value.run.output


refreshed = pytest.mark.parametrize("with_refresh", [True, False], ids=["refreshed", "not refreshed"])


@refreshed
def test_an_ignored_setting_of_a_host_stays_what_an_administrator_made_it(
    lab: Lab, stack_of: Stacks, with_refresh: bool
) -> None:
    """Another setting is changed beside it; a destroy takes it for the administrator's too."""
    hv01 = lab.hosts["HV01"]
    ignore = {"ignore_changes": ["maximumStorageMigrations"]}
    stack = stack_of(lab, host(ignore, maximum_storage_migrations=4, enabled=True))
    stack.up()
    hv01.change(MaximumActiveStorageMigration=9)
    if with_refresh:
        stack.refresh()
    stack.program = host(ignore, maximum_storage_migrations=4, enabled=True, maximum_virtual_machine_migrations=7)
    assert stack.up().shown["host"] == ["+maximumVirtualMachineMigrations"]
    written = hv01.settings["MaximumActiveStorageMigration"], hv01.settings["MaximumActiveVirtualSystemMigration"]
    assert written == (9, 7)
    assert stack.is_settled()
    stack.destroy()
    assert hv01.settings["MaximumActiveStorageMigration"] == 9


@refreshed
def test_an_ignored_priority_stays_what_an_administrator_made_it(
    lab: Lab, stack_of: Stacks, with_refresh: bool
) -> None:
    """The metric of an entry."""
    hv01 = lab.hosts["HV01"]
    ignore = {"ignore_changes": ["priority"]}
    stack = stack_of(lab, network(ignore, priority=5))
    stack.up()
    hv01.change_network(hv01.networks[0].instance_id, metric=9)
    if with_refresh:
        stack.refresh()
    stack.program = network(ignore, priority=5, on_destroy="Remove")
    stack.up()
    assert [entry.metric for entry in hv01.networks] == [9]
    assert stack.is_settled()
    stack.destroy()
    assert not hv01.networks


@refreshed
@pytest.mark.parametrize("left", [(HV02,), ()], ids=["one taken away", "all taken away"])
def test_an_ignored_delegation_that_was_taken_away_is_not_granted_again(
    lab: Lab, stack_of: Stacks, with_refresh: bool, left: tuple[str, ...]
) -> None:
    """Not by an update for another property either."""
    assert lab.directory is not None
    ignore = {"ignore_changes": ["destinations", "protocolTransition"]}
    stack = stack_of(lab, delegation(ignore))
    stack.up()
    assert listed(lab) == entries(HV02, HV03)
    lab.directory.administrator.set_delegation("HV01", entries(*left))
    if with_refresh:
        stack.refresh()
    stack.program = delegation(ignore, on_destroy="RemoveDeclared")
    stack.up()
    assert listed(lab) == entries(*left)
    assert stack.is_settled()
    stack.program = delegation({})
    stack.up()
    assert listed(lab) == entries(HV02, HV03)
    stack.destroy()
    assert listed(lab) == []


def test_drift_shows_and_is_repaired_where_nothing_is_ignored(lab: Lab, stack_of: Stacks) -> None:
    """Although a refresh now keeps the live value as the input, too."""
    stack = stack_of(lab, host(maximum_storage_migrations=4))
    stack.up()
    lab.hosts["HV01"].change(MaximumActiveStorageMigration=9)
    assert stack.refresh().shown["host"] == ["~maximumStorageMigrations"]
    assert stack.resources()["host"]["inputs"]["maximumStorageMigrations"] == 9
    assert set(stack.refresh().changes) == {"same"}
    assert stack.up().shown["host"] == ["~maximumStorageMigrations"]
    assert lab.hosts["HV01"].settings["MaximumActiveStorageMigration"] == 4


def test_replace_on_changes_leaves_the_new_values_and_gives_the_found_ones_back(
    lab: Lab, stack_of: Stacks, face: Face
) -> None:
    """A forced replace of one host, which is the same machine before and after."""
    found = lab.hosts["HV01"].snapshot
    option = {"replace_on_changes": ["maximumStorageMigrations"], "delete_before_replace": True}
    stack = stack_of(lab, host(option, maximum_storage_migrations=4, enabled=True))
    stack.up()
    stack.program = host(option, maximum_storage_migrations=6, enabled=True)
    # The host of dynamic providers tells the engine no names of changed properties, so there it is an update in place.
    assert ("replace" in stack.up().changes) == (face is PLUGIN)
    assert lab.hosts["HV01"].settings["MaximumActiveStorageMigration"] == 6
    assert lab.hosts["HV01"].settings["EnableVirtualSystemMigration"] is True
    stack.destroy()
    assert lab.hosts["HV01"].snapshot == found


def test_retain_on_delete_sends_nothing(lab: Lab, stack_of: Stacks) -> None:
    """The setting stays, and the host is not even asked."""
    stack = stack_of(lab, host({"retain_on_delete": True}, enabled=True))
    stack.up()
    lab.hosts["HV01"].journal.reset()
    stack.destroy()
    assert lab.hosts["HV01"].settings["EnableVirtualSystemMigration"] is True
    assert lab.hosts["HV01"].journal.received() == []
    assert stack.resources() == {}


def test_a_protected_host_is_not_taken_away(lab: Lab, stack_of: Stacks) -> None:
    """The engine refuses before anything is sent."""
    stack = stack_of(lab, host({"protect": True}, enabled=True))
    stack.up()
    assert "protect" in failed(stack, "destroy")
    assert lab.hosts["HV01"].settings["EnableVirtualSystemMigration"] is True


def test_what_is_deleted_with_another_is_left_on_the_target(lab: Lab, stack_of: Stacks) -> None:
    """The engine asks for no delete of it then: a host that is put back keeps the network."""

    def program(face: Face) -> None:
        made = face.MigrationHost("host", computer_name=HV01, enabled=True)
        face.MigrationNetwork("net", computer_name=HV01, subnet=SUBNET, opts=opts(deleted_with=made))

    stack = stack_of(lab, program)
    stack.up()
    stack.destroy()
    assert lab.hosts["HV01"].settings["EnableVirtualSystemMigration"] is False
    assert len(lab.hosts["HV01"].networks) == 1


@pytest.mark.parametrize("operation", ["create", "update", "delete"])
def test_custom_timeouts_end_the_operation(lab: Lab, stack_of: Stacks, operation: str) -> None:
    """With a service that does not come up, which is waited for otherwise."""
    hv01 = lab.hosts["HV01"]
    limits = {"custom_timeouts": pulumi.CustomTimeouts(**{operation: "2s"})}
    stack = stack_of(lab, host(limits, enabled=True), winrm={"readyTimeout": 120})
    if operation != "create":
        stack.up()
    if operation == "update":
        stack.program = host(limits, enabled=True, maximum_storage_migrations=7)
    hv01.change_facts(service_running=False)
    began = time.monotonic()
    said = failed(stack, "destroy" if operation == "delete" else "up")
    assert time.monotonic() - began < 30
    assert HV01 in said
    hv01.change_facts(service_running=True)
    stack.program = host(enabled=True, maximum_storage_migrations=7)
    stack.up()
    stack.destroy()


def test_an_alias_renames_without_a_write(lab: Lab, stack_of: Stacks) -> None:
    """The host is not asked."""
    stack = stack_of(lab, host(enabled=True))
    stack.up()
    lab.hosts["HV01"].journal.reset()

    def renamed(face: Face) -> None:
        face.MigrationHost("other", computer_name=HV01, enabled=True, opts=opts(aliases=[pulumi.Alias(name="host")]))

    stack.program = renamed
    assert set(stack.up().changes) == {"same"}
    assert lab.hosts["HV01"].journal.received() == []
    assert list(stack.resources()) == ["other"]


def test_depends_on_orders_one_host_after_the_other(lab: Lab, stack_of: Stacks) -> None:
    """The second is not reached while the first fails."""

    def program(face: Face) -> None:
        first = face.MigrationHost("first", computer_name=HV01, enabled=True)
        face.MigrationHost("second", computer_name=HV02, enabled=True, opts=opts(depends_on=[first]))

    stack = stack_of(lab, program)
    lab.hosts["HV01"].stop_listening()
    failed(stack, "up")
    assert lab.hosts["HV02"].journal.received() == []
    lab.hosts["HV01"].resume_listening()
    stack.up()
    assert lab.hosts["HV02"].settings["EnableVirtualSystemMigration"] is True


def test_additional_secret_outputs_are_encrypted(lab: Lab, stack_of: Stacks) -> None:
    """In everything the backend keeps, after a create, a refresh and an update."""
    option = {"additional_secret_outputs": ["operatingSystem"]}
    stack = stack_of(lab, host(option, enabled=True))
    stack.up()
    caption = stack.resources()["host"]["outputs"]["operatingSystem"]
    stack.refresh()
    stack.program = host(option, enabled=True, maximum_storage_migrations=7)
    stack.up()
    assert "Windows" in str(caption)
    assert str(caption) not in stack.state_files()


def test_a_transform_reaches_the_inputs(lab: Lab, stack_of: Stacks) -> None:
    """As a policy of a whole stack would."""

    def more(given: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
        return pulumi.ResourceTransformResult(props={**given.props, "maximumStorageMigrations": 3}, opts=given.opts)

    stack = stack_of(lab, host({"transforms": [more]}, enabled=True))
    stack.up()
    assert lab.hosts["HV01"].settings["MaximumActiveStorageMigration"] == 3
    assert stack.is_settled()


def test_version_and_provider_choose_the_plugin(lab: Lab, stack_of: Stacks, face: Face) -> None:
    """An explicit provider has its own configuration, and the stack's is not asked."""
    if face is not PLUGIN:
        version = {"version": __version__}
        stack = stack_of(lab, host(version, enabled=True))
        assert "host" in stack.up().steps
        return

    def program(face: Face) -> None:
        given = {**lab.configuration(), "password": pulumi.Output.secret(PASSWORD)}
        provider = pulumi.ProviderResource("hyperv-migration", "own", given, opts(version=__version__))
        face.MigrationHost("host", computer_name=HV01, enabled=True, opts=opts(provider=provider, version=__version__))

    stack = stack_of(lab, program)
    stack.configure({"hyperv-migration:username": "nobody@lab.test"})
    stack.up()
    assert lab.hosts["HV01"].settings["EnableVirtualSystemMigration"] is True
    assert stack.is_settled()
    stack.refresh()
    stack.destroy()
    assert lab.hosts["HV01"].settings["EnableVirtualSystemMigration"] is False
