"""The table of faults and operations at the end of a run, filled by the tests whose names carry the name of a cell."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.faults.cells import RESOURCES, Cell, cells, reasons, rendered

HELD, BROKEN, NEVER, NOT_RUN = "✓", "✗", "–", "?"
_CELLS = {cell.name: cell for cell in cells()}
_NAME = re.compile("|".join(sorted(map(re.escape, _CELLS), key=len, reverse=True)))
_PAGE = Path(__file__).parents[2] / "docs" / "fidelity.md"
_BEGIN = "<!-- the table of faults: `make faults` writes it from a run of its tests -->\n"
_END = "<!-- end of the table of faults -->\n"


class FaultTable:
    """A plugin of pytest: notes how each cell's tests ended, and shows the table if there was any."""

    def __init__(self) -> None:
        self._ended: dict[str, set[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the end of a test that is about a cell."""
        found = _NAME.search(report.nodeid)
        if found and (report.when == "call" or report.outcome != "passed"):
            self._ended.setdefault(found[0], set()).add(report.outcome)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the table."""
        if self._ended:
            for line in self._lines():
                terminalreporter.write_line(line)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a whole run that left a cell empty where everything must run; write the page where that is asked for."""
        whole = session.config.args_source is pytest.Config.ArgsSource.TESTPATHS and not (
            session.config.option.keyword or session.config.option.markexpr
        )
        if whole and os.environ.get("CI") == "true" and self._empty() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if os.environ.get("WRITE_FAULT_TABLE") == "1":
            write_page(self._marks())

    def _marks(self) -> dict[str, str]:
        return {name: self._mark(cell) for name, cell in _CELLS.items()}

    def _mark(self, cell: Cell) -> str:
        if cell.never:
            return NEVER
        ended = self._ended.get(cell.name)
        if ended is None or "skipped" in ended:
            return NOT_RUN
        return HELD if ended == {"passed"} else BROKEN

    def _empty(self) -> list[str]:
        return [name for name, mark in self._marks().items() if mark == NOT_RUN]

    def _lines(self) -> Iterator[str]:
        _, *rows = rendered(self._marks())
        width = max(len(row[0]) for row in rows)
        yield "faults x operations: create, update, read, delete"
        yield " " * width + "".join(f"  {resource:<18}" for resource in RESOURCES).rstrip()
        for title, *marks in rows:
            groups = ("   ".join(marks[at : at + 4]) for at in (0, 4, 8))
            yield f"{title:<{width}}" + "".join(f"  {group:<18}" for group in groups).rstrip()
        marks = list(self._marks().values())
        yield (
            f"{HELD} held {marks.count(HELD)}, {BROKEN} broken {marks.count(BROKEN)}, {NEVER} cannot happen "
            f"{marks.count(NEVER)}, {NOT_RUN} not run {marks.count(NOT_RUN)}"
        )


def page_table(marks: dict[str, str]) -> str:
    """The table as the page shows it, with the reasons of the empty cells."""
    head, *rows = rendered(marks)
    lines = [head, ["---", *[":-:"] * (len(head) - 1)], *rows]
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return f"{table}\n" + "".join(f"- {reason}.\n" for reason in reasons())


def whole_marks() -> dict[str, str]:
    """The marks of a run in which everything was run and held."""
    return {name: NEVER if cell.never else HELD for name, cell in _CELLS.items()}


def write_page(marks: dict[str, str]) -> None:
    """Put the table into its place on the page."""
    text = _PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    _PAGE.write_text(f"{before}{_BEGIN}\n{page_table(marks)}\n{_END}{after}", encoding="utf-8")


def committed_table() -> str:
    """The table as it stands on the page."""
    return _PAGE.read_text(encoding="utf-8").partition(_BEGIN)[2].partition(_END)[0].strip()
