"""One run of `hyperv-migration live` against a host of a running lab, in this process, and what it wrote."""

from __future__ import annotations

import io
import json
import re
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hyperv_migration.lab.lab import Lab
from hyperv_migration.live.command import run
from support.hosts import PASSWORD

LIVE = "HYPERV_MIGRATION_LIVE_"


@dataclass(frozen=True)
class Visited:
    """What a run said and wrote."""

    status: int
    output: str
    errors: str
    folder: Path

    @property
    def report(self) -> str:
        """The Markdown."""
        return (self.folder / "live-report.md").read_text(encoding="utf-8")

    @property
    def recording(self) -> str:
        """The recording's text."""
        return (self.folder / "live-recording.json").read_text(encoding="utf-8")

    @property
    def exchanges(self) -> list[dict[str, Any]]:
        """The recording's rows."""
        rows: list[dict[str, Any]] = json.loads(self.recording)["exchanges"]
        return rows

    @property
    def verdicts(self) -> dict[str, str]:
        """Doubt and verdict, out of the report's table."""
        return {cells[0]: cells[3].strip("*") for cells in self._rows()}

    @property
    def seen(self) -> dict[str, str]:
        """Doubt and what was seen."""
        return {cells[0]: cells[4] for cells in self._rows()}

    def of(self, verdict: str) -> set[str]:
        """The doubts with one verdict."""
        return {name for name, given in self.verdicts.items() if given == verdict}

    def _rows(self) -> list[list[str]]:
        rows = [line for line in self.report.splitlines() if line.startswith("| ")][1:]
        return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


def environment_for(lab: Lab, folder: Path, *, write: bool = False, host: str = "HV01", **more: str) -> dict[str, str]:
    """Give the variables for one host of a lab; `more` are the names behind HYPERV_MIGRATION_LIVE_."""
    emulated = lab.hosts[host]
    variables = {
        "HYPERV_MIGRATION_USERNAME": more.pop("USERNAME", "LAB\\operator"),
        "HYPERV_MIGRATION_PASSWORD": PASSWORD,
        f"{LIVE}HOST": emulated.fqdn,
        f"{LIVE}ADDRESS": emulated.url,
        f"{LIVE}OUTPUT": str(folder),
        **({f"{LIVE}WRITE": "1"} if write else {}),
    }
    if lab.directory is not None:
        variables |= {
            f"{LIVE}DOMAIN": "lab.test",
            f"{LIVE}DOMAIN_CONTROLLER": lab.directory.host_name,
            f"{LIVE}DOMAIN_CONTROLLER_ADDRESS": f"{lab.directory.address}:{lab.directory.port}",
        }
    return variables | {f"{LIVE}{name}": value for name, value in more.items()}


def visit(lab: Lab, folder: Path, *, write: bool = False, host: str = "HV01", **more: str) -> Visited:
    """Run it once."""
    return visit_with(environment_for(lab, folder, write=write, host=host, **more), folder)


def visit_with(environment: dict[str, str], folder: Path) -> Visited:
    """Run it once with these variables."""
    output, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(output), redirect_stderr(errors):
        status = run(environment)
    return Visited(status, output.getvalue(), errors.getvalue(), folder)
