"""The plugin as a process, and a lab for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Computer, Directory, Host
from support.hosts import PASSWORD, scenario
from support.plugin_host import PluginHost


@pytest.fixture
def plugin() -> Iterator[PluginHost]:
    """One process of the plugin, whose account is in its environment."""
    with PluginHost({"HYPERV_MIGRATION_PASSWORD": PASSWORD}) as host:
        yield host
    assert "Traceback" not in host.said


@pytest.fixture
def attached() -> Iterator[PluginHost]:
    """One process of the plugin that ran before the engine came, as with PULUMI_DEBUG_PROVIDERS."""
    with PluginHost({"HYPERV_MIGRATION_PASSWORD": PASSWORD}, attached=True) as host:
        yield host
    assert "Traceback" not in host.said


@pytest.fixture
def lab() -> Iterator[Lab]:
    """HV01, whose jobs end only when they are told to, HV02 and a directory."""
    patient = Options(job_seconds=600, job_polls=10**6)
    hosts = Host(name="HV01", options=patient), Host(name="HV02")
    with Lab(scenario(*hosts, directory=Directory(), computers=(Computer(name="FS01"),))) as running:
        yield running
