"""purgeTickets through the real engine, on both faces: what happens on the source host, and what the user reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from acceptance.conftest import Stacks
from hyperv_migration.lab.lab import Lab
from support.faces import DYNAMIC, Face
from support.hosts import PASSWORD
from support.yaml_project import YamlProject

pytestmark = pytest.mark.engine

ON_DYNAMIC = pytest.mark.parametrize("face", [DYNAMIC], indirect=True, ids=["dynamic"])
"""The plugin has a story of its own below."""
BY_HAND = "To do it yourself, run klist -li 0x3e7 purge (and 0x3e4) on it in an elevated prompt"
BOTH = ["0x3e7", "0x3e4"]
NATIVE = {
    "there": {
        "type": "hyperv-migration:KerberosDelegation",
        "properties": {"source": "hv01.lab.test", "destinations": ["hv02.lab.test"], "purgeTickets": True},
    }
}


def delegated(lab: Lab) -> int:
    """How many entries HV01's account has, read past LDAP."""
    assert lab.directory is not None
    return len(lab.directory.administrator.read("HV01")["msDS-AllowedToDelegateTo"])


def purging(face: Face) -> None:
    """One direction, with the tickets of the source purged."""
    face.KerberosDelegation("there", source="hv01.lab.test", destinations=["hv02.lab.test"], purge_tickets=True)


@ON_DYNAMIC
def test_tickets_are_purged_by_up_and_by_destroy(lab: Lab, stack_of: Stacks) -> None:
    """Both system accounts of the source, once for each write; a preview purges nothing."""
    hv01 = lab.hosts["HV01"]
    found = hv01.snapshot
    stack = stack_of(lab, purging)
    stack.preview()
    assert hv01.journal.received() == []
    run = stack.up()
    assert (run.said("warning"), hv01.purged, delegated(lab)) == ([], BOTH, 4)
    assert stack.resources()["there"]["outputs"]["newTicketNeeded"] is False
    assert stack.is_settled()
    assert hv01.purged == BOTH
    stack.destroy()
    assert (hv01.purged, hv01.shells, hv01.snapshot, delegated(lab)) == (BOTH * 2, [], found, 0)
    assert lab.hosts["HV02"].journal.received() == []


@ON_DYNAMIC
def test_a_host_that_is_down_is_a_warning_under_the_resource(lab: Lab, stack_of: Stacks) -> None:
    """`up` succeeds, the delegation is written, and the state says that the step is still due."""
    lab.hosts["HV01"].stop_listening()
    stack = stack_of(lab, purging)
    run = stack.up()
    (warning,) = [line for line in run.diagnostics if line.severity == "warning"]
    assert (warning.resource, BY_HAND in warning.message) == ("there", True)
    assert stack.resources()["there"]["outputs"]["newTicketNeeded"] is True
    assert (delegated(lab), PASSWORD in run.output, "Traceback" in run.output) == (4, False, False)
    assert stack.is_settled()
    lab.hosts["HV01"].resume_listening()
    assert stack.destroy().said("warning") == []
    assert (lab.hosts["HV01"].purged, delegated(lab)) == (BOTH, 0)


def test_the_plugin_purges_and_warns_alike(engine: Path, lab: Lab, tmp_path: Path) -> None:
    """A program that fails once: the warning is on the screen; `destroy` purges."""
    assert engine.is_dir()
    hv01 = lab.hosts["HV01"]
    project = YamlProject(tmp_path / "yaml", lab.configuration(), PASSWORD)
    project.program(NATIVE, {"due": "${there.newTicketNeeded}"})
    hv01.inject("command", code=1, when={"after": 1})
    said = project.run("up", "--yes")
    assert "hv01.lab.test: klist -li 0x3e4 purge ended with 1." in said
    assert (BY_HAND in said, hv01.purged, delegated(lab)) == (True, ["0x3e7"], 4)
    assert project.run("stack", "output", "due").strip() == "true"
    project.run("preview", "--expect-no-changes")
    assert "were not purged" not in project.run("destroy", "--yes")
    assert (hv01.purged, hv01.shells, delegated(lab)) == (["0x3e7", *BOTH], [], 0)
