"""^C while the plugin waits for replication between two real domain controllers."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.samba_accounts import CONTROLLER, MEMBER
from support.samba_bench import configuration_of
from support.samba_pair import SECOND, Pair
from support.yaml_project import YamlProject

pytestmark = [pytest.mark.engine, pytest.mark.samba]

THERE = {
    "there": {
        "type": "hyperv-migration:KerberosDelegation",
        "properties": {"source": "hv01.lab.test", "destinations": ["hv02.lab.test"], "services": ["cifs"]},
    }
}


@pytest.fixture
def project(engine: Path, pair: Pair, tmp_path: Path) -> YamlProject:
    """A YAML project configured for the domain, with five minutes for replication."""
    assert engine.is_dir()
    configuration = configuration_of(pair.first, replicationTimeout=300)
    configuration["addresses"][SECOND] = pair.second.address
    project = YamlProject(tmp_path / "yaml", configuration, pair.first.password("operator"))
    project.program(THERE)
    return project


def test_a_replication_wait_ends_at_once_with_the_truth(pair: Pair, project: YamlProject) -> None:
    """Written here and not there: the state says so, the next up completes it, and so does a destroy."""
    pair.pause(pair.second)
    said, took = project.interrupted("up", "--yes", "--skip-preview", when=lambda: pair.first.delegation("HV01")[0])
    assert took < 10
    assert "waiting for dc2.lab.test to get the change of HV01" in said
    assert "Stopped while waiting for dc2.lab.test to get the change of HV01" in said
    kept = project.resources()["there"]
    assert kept["initErrors"]
    assert (kept["outputs"]["replicatedTo"], kept["outputs"]["pendingReplication"]) == ([CONTROLLER], [SECOND])

    pair.resume(pair.second)
    project.run("up", "--yes", "--skip-preview")
    assert project.resources()["there"]["outputs"]["pendingReplication"] == []
    assert pair.second.delegation("HV01")[0] == pair.first.delegation("HV01")[0] != set()

    pair.pause(pair.second)
    project.interrupted("destroy", "--yes", "--skip-preview", when=lambda: not pair.first.delegation("HV01")[0])
    assert list(project.resources()) == ["there"]
    pair.resume(pair.second)
    project.run("destroy", "--yes", "--skip-preview")
    assert project.resources() == {}
    assert (pair.first.delegation("HV01"), pair.second.delegation("HV01")) == ((set(), MEMBER), (set(), MEMBER))
