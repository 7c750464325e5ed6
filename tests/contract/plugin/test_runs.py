"""A plugin that outlives a run, as with PULUMI_DEBUG_PROVIDERS: each Configure begins another one."""

from __future__ import annotations

import time

import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2

from hyperv_migration.faces.plugin.servicer import LAST_ANSWERS
from hyperv_migration.lab.lab import Lab
from support.dynamic_host import pack, unpack
from support.hosts import PASSWORD
from support.plugin_host import PluginHost, urn_of

GIVEN = {
    "MigrationHost": {"computerName": "hv02.lab.test", "maximumStorageMigrations": 7},
    "MigrationNetwork": {"computerName": "hv02.lab.test", "subnet": "192.168.10.0/24"},
    "KerberosDelegation": {"source": "hv02.lab.test", "destinations": ["hv01.lab.test"]},
}


@pytest.mark.parametrize("kind", GIVEN)
def test_a_destroy_by_the_process_that_created_removes_everything(attached: PluginHost, lab: Lab, kind: str) -> None:
    """What was created belongs to the run that is over, and a new one may be made."""
    host, directory = lab.hosts["HV02"], lab.directory
    assert directory is not None
    settings = {**lab.configuration(), "password": PASSWORD}
    found = host.snapshot, directory.administrator.read("HV02")["msDS-AllowedToDelegateTo"]
    for _ in range(2):
        attached.configure(settings)
        id_, state = attached.create(kind, unpack(attached.check(kind, GIVEN[kind]).inputs))
        attached.configure(settings)
        attached.call("Delete", provider_pb2.DeleteRequest(id=id_, urn=urn_of(kind), properties=pack(state)))
        assert (host.snapshot, directory.administrator.read("HV02")["msDS-AllowedToDelegateTo"]) == found


@pytest.mark.parametrize("kind", GIVEN)
def test_a_run_is_served_after_the_cancel_that_ends_each(attached: PluginHost, lab: Lab, kind: str) -> None:
    """The engine cancels at the end of every operation; the connections of that run are over then, and no others."""
    settings = {**lab.configuration(), "password": PASSWORD}
    for _ in range(2):
        attached.configure(settings)
        id_, state = attached.create(kind, unpack(attached.check(kind, GIVEN[kind]).inputs))
        _end(attached)
        attached.configure(settings)
        attached.call("Delete", provider_pb2.DeleteRequest(id=id_, urn=urn_of(kind), properties=pack(state)))
        _end(attached)


def _end(attached: PluginHost) -> None:
    attached.call("Cancel", Empty())
    time.sleep(2 * LAST_ANSWERS)


def test_a_host_is_looked_at_anew_in_each_run(attached: PluginHost, lab: Lab) -> None:
    """It joined a cluster between two runs."""
    kind = "MigrationHost"
    settings = {**lab.configuration(), "password": PASSWORD}
    attached.configure(settings)
    id_, state = attached.create(kind, unpack(attached.check(kind, GIVEN[kind]).inputs))
    lab.hosts["HV02"].change_facts(clustered=True)
    for runs, clustered in ((1, False), (2, True)):
        if runs > 1:
            attached.configure(settings)
        read = attached.call("Read", provider_pb2.ReadRequest(id=id_, urn=urn_of(kind), properties=pack(state)))
        assert unpack(read.properties)["clustered"] is clustered
