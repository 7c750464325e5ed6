"""The table of faults on the page of fidelity."""

from __future__ import annotations

from support.fault_table import committed_table, page_table, whole_marks


def test_the_page_shows_the_table_as_a_whole_run_fills_it() -> None:
    """`make faults` writes it; a fault or a reason that changes must be shown, and a cell that does not hold never is."""
    assert committed_table() == page_table(whole_marks()).strip()
