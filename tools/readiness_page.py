"""Write docs/readiness.md from the rows of model/readiness*.py: `make docs`. A test holds it current."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hyperv_migration.model.readiness import READINESS, ROW, Check
from hyperv_migration.model.readiness_delegation import DIRECTION_CHECKS
from hyperv_migration.model.readiness_host import HOST_CHECKS
from hyperv_migration.model.readiness_pair import PAIR_CHECKS
from pages import bullets, code, fence, page, paragraph, table
from resource_pages import GENERATED

PAGE = Path(__file__).resolve().parent.parent / "docs" / "readiness.md"

_NAMES = {"source": "the source", "destination": "the destination"}
_PYTHON = """import pulumi
from pulumi_hyperv_migration import get_migration_readiness

readiness = get_migration_readiness("hv01.corp.example", "hv02.corp.example")
pulumi.export("ready", readiness.ready)
for row in readiness.rows:
    if row.answer != "yes":
        pulumi.log.info(f"{row.question} {row.answer}: {row.reason} {row.remedy}")"""

_YAML = """variables:
  readiness:
    fn::invoke:
      function: hyperv-migration:getMigrationReadiness
      arguments: {source: hv01.corp.example, destination: hv02.corp.example}
outputs:
  ready: ${readiness.ready}"""

_COMMAND = """$ export HYPERV_MIGRATION_PASSWORD=…
$ hyperv-migration readiness hv01.corp.example hv02.corp.example --config Pulumi.prod.yaml"""


def render() -> str:
    """Return the page."""
    return page(
        GENERATED,
        f"# {READINESS.name}",
        paragraph(READINESS.description),
        paragraph(f"Rights: {READINESS.rights}"),
        "## How to ask",
        paragraph(
            "On a terminal ([how to get the command](../examples/README.md#once-the-tool-the-plugin-and-the-lab)), with the keys "
            "of [the configuration](configuration.md) from a stack's file or one of their own:"
        ),
        fence("console", _COMMAND),
        paragraph(
            "It ends with 0 if they are ready, 1 if not, 2 if that is unknown, and 3 if it could not be asked. In a Python "
            "program of the dynamic face:"
        ),
        fence("python", _PYTHON),
        paragraph("In YAML, and in every language with a generated SDK likewise:"),
        fence("yaml", _YAML),
        paragraph(
            "The Python function reads in the program's own process, with the stack's configuration and the environment's "
            "credentials; the function of the plugin reads in the plugin. Both do so while the program runs, which is before "
            "the resources of the same `up` are made, and in previews. Hosts that do not answer cost a program their "
            "connectTimeout."
        ),
        "## What comes back",
        paragraph(
            "`ready`: no if a decisive row says no, else unknown if one is unknown, else yes. `rows`, each with:"
        ),
        table(("Field", "Meaning"), [(code(field.name), field.description) for field in ROW.fields]),
        "## What is asked of each host",
        _checks(HOST_CHECKS, "the host"),
        "## What is asked of both together",
        _checks(PAIR_CHECKS, "the hosts"),
        "## What is asked of the directory, in each direction",
        paragraph(
            "Where both hosts positively use CredSSP, which needs no delegation, all but the first row say what is so and do "
            "not count: they are advice for a change to Kerberos. They are unknown where the hosts are not in one domain."
        ),
        _checks(DIRECTION_CHECKS, ""),
        "## What it sends",
        bullets(
            (
                (
                    "To each host: what says who and what it is, once per process; its settings, its service and its migration "
                    "networks; and where it uses SMB, whether an adapter has RDMA on. Three messages, or five."
                ),
                (
                    "To a domain controller: three searches, for both directions together; to each other one of a host's site, "
                    "one read of its account."
                ),
                "Nothing is written, neither at a host nor in the directory.",
            )
        ),
    )


def _checks(checks: Iterable[Check[Any]], subject: str) -> str:
    rows = [
        (
            code(check.id),
            check.asked(subject, _NAMES) + ("" if check.decisive else " *Does not count.*"),
            check.remedy or "Run the command at each host towards the other one.",
            code(check.look),
        )
        for check in checks
    ]
    return table(("Row", "Question", "If not", "See for yourself"), rows)


def files() -> dict[Path, str]:
    """Return the page and its text."""
    return {PAGE: render()}
