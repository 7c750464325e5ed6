from __future__ import annotations

import contextlib
import os
import pty
import sys
from pathlib import Path

import pytest

from contract.live.conftest import LabOf
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Account, Computer, Directory, Host, Scenario
from support.hosts import PASSWORD
from support.live import environment_for, visit, visit_with

READS = {"Enumerate", "Get", "Pull"}


@pytest.mark.parametrize("said", [None, "0", "yes", "true"])
def test_nothing_but_reads_is_sent_unless_one_is_said(lab_of: LabOf, tmp_path: Path, said: str | None) -> None:
    """No method is called on the host and nothing is modified in the directory, also with an account named for it."""
    lab = lab_of(directory=Directory(), computers=(Computer(name="SPARE01"),))
    more = {} if said is None else {"WRITE": said}
    visited = visit(lab, tmp_path, COMPUTER="SPARE01", **more)
    assert lab.directory is not None
    kinds = {each.kind for each in lab.hosts["HV01"].journal.received()}
    assert (visited.status, kinds <= READS, lab.hosts["HV01"].history) == (0, True, [])
    assert {each.kind for each in lab.directory.journal.operations()} <= {"bind", "search"}


def test_reading_takes_few_messages(lab_of: LabOf, tmp_path: Path) -> None:
    """About fifteen, as docs/live.md says."""
    lab = lab_of()
    visit(lab, tmp_path)
    assert lab.hosts["HV01"].journal.counts()["messages"] <= 16


def test_table_ends_with_the_count_of_verdicts(lab_of: LabOf, tmp_path: Path) -> None:
    """Every doubt has its line, and the files are named."""
    visited = visit(lab_of(), tmp_path)
    assert "context-at-end         confirmed  an empty context element" in visited.output
    assert f"5 confirmed, 0 refuted, {len(visited.verdicts) - 5} not asked" in visited.output
    assert f"Recording: {tmp_path / 'live-recording.json'}" in visited.output


@pytest.mark.parametrize(
    ("changed", "status", "sentence"),
    [
        ({"HYPERV_MIGRATION_LIVE_HOST": ""}, 2, "No host is named; set HYPERV_MIGRATION_LIVE_HOST"),
        ({"HYPERV_MIGRATION_LIVE_WIRTE": "0"}, 2, "There is no variable HYPERV_MIGRATION_LIVE_WIRTE"),
        ({"HYPERV_MIGRATION_LIVE_HOST": "hv01$"}, 2, "names an account; give the host's DNS name"),
        ({"HYPERV_MIGRATION_LIVE_RIGHTS": "all"}, 2, "HYPERV_MIGRATION_LIVE_RIGHTS is hyperv-administrators or unset"),
        ({"HYPERV_MIGRATION_LIVE_TRANSPORT": "telnet"}, 2, "winrm.transport must be one of"),
        ({"HYPERV_MIGRATION_PASSWORD": "wrong"}, 1, "refuses the sign-in"),
        ({"HYPERV_MIGRATION_LIVE_ADDRESS": "127.0.0.1:9"}, 1, "cannot be reached"),
    ],
)
def test_what_cannot_be_begun_is_one_sentence(
    lab_of: LabOf, tmp_path: Path, changed: dict[str, str], status: int, sentence: str
) -> None:
    """No traceback, no file."""
    visited = visit_with({**environment_for(lab_of(), tmp_path), **changed}, tmp_path)
    assert (visited.status, visited.errors.count("\n"), sentence in visited.errors) == (status, 1, True)
    assert list(tmp_path.iterdir()) == []


def test_directory_that_does_not_answer_leaves_the_host_answered(lab_of: LabOf, tmp_path: Path) -> None:
    """The doubts of the directory say why, by the kind of the failure."""
    lab = lab_of(directory=Directory())
    visited = visit(lab, tmp_path, DOMAIN_CONTROLLER_ADDRESS="127.0.0.1:9")
    assert (visited.status, visited.seen["result-50"], visited.verdicts["context-at-end"]) == (
        0,
        "the directory could not be asked: Unreachable",
        "confirmed",
    )


def test_account_without_rights_is_told_apart_from_an_answer(tmp_path: Path) -> None:
    """Empty lists are no verdict."""
    account = Account(name="operator", password="Planted-Operator-1", administrator=False, remote_management_user=True)
    with Lab(Scenario(accounts=(account,), hosts=(Host(name="HV01"),))) as lab:
        visited = visit(lab, tmp_path, write=True)
    assert visited.seen["duplicate-network"] == (
        "the host shows 0 instances of Msvm_VirtualSystemMigrationService instead of one"
    )


def test_password_is_asked_for_where_somebody_sits_and_none_is_given(lab_of: LabOf, tmp_path: Path) -> None:
    """At the terminal, unseen; it stands in no argument and no history."""
    variables = environment_for(lab_of(), tmp_path)
    del variables["HYPERV_MIGRATION_PASSWORD"]
    child, terminal = pty.fork()
    if child == 0:  # pragma: no cover - another process
        program = [sys.executable, "-m", "hyperv_migration.cli", "live"]
        os.execve(sys.executable, program, {**os.environ, **variables})  # noqa: S606 - itself
    said = b""
    while not said.endswith(b"operator: "):
        said += os.read(terminal, 1024)
    os.write(terminal, PASSWORD.encode() + b"\n")
    with contextlib.suppress(OSError):
        # A terminal whose other side is closed ends with EIO on Linux.
        while more := os.read(terminal, 65536):
            said += more
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    assert (os.waitstatus_to_exitcode(status), b"5 confirmed" in said, PASSWORD.encode() in said) == (0, True, False)
