"""docs/field-notes.md has a row for every pain and case of the facts, and each test it names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from contract.field_cases.delegation_cases import DELEGATION_CASES
from contract.field_cases.host_cases import HOST_CASES
from contract.field_cases.network_cases import NETWORK_CASES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FACTS = ROOT.parent / "shared" / "facts" / "field-notes.md"

PAINS = {f"P{number:02}" for number in range(1, 48)}
CASES = {
    f"C{number:02}" for number in (1, 3, 6, 10, 11, 13, 16, 17, 19, 22, 25, 26, 28, 30, 33, 36, 38, 39, 41, 45, 46, 47)
}
PLAYED = {
    "network_cases.py": NETWORK_CASES,
    "host_cases.py": HOST_CASES,
    "delegation_cases.py": DELEGATION_CASES,
}


def rows() -> dict[str, list[str]]:
    """The cells of every row of the page, by its number."""
    text = (DOCS / "field-notes.md").read_text(encoding="utf-8")
    lines = [
        line.strip("| ").split(" | ") for line in text.splitlines() if re.match(r"\| ([PCF]\d\d|[A-K]\d) \|", line)
    ]
    return {cells[0]: cells[1:] for cells in lines}


ROWS = rows()
LINKS = [
    (number, text, link)
    for number, cells in ROWS.items()
    for text, link in re.findall(r"\[([^\]]+)\]\(([^)]+)\)", cells[2])
]


def functions(path: Path) -> set[str]:
    """The functions a module defines."""
    return {node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)}


def test_every_pain_and_case_has_its_row() -> None:
    """None is forgotten, and none has two answers."""
    assert (PAINS | CASES) - set(ROWS) == set()


def test_the_frozen_numbers_are_those_of_the_facts() -> None:
    """Where the fact sheets lie beside the checkout, they decide which numbers there are."""
    if FACTS.is_file():
        listed = set(re.findall(r"^\| ([PC]\d\d) \|", FACTS.read_text(encoding="utf-8"), re.MULTILINE))
        assert listed == PAINS | CASES


@pytest.mark.parametrize(("number", "text", "link"), LINKS, ids=[f"{number} {text}" for number, text, _ in LINKS])
def test_every_test_named_is_there(number: str, text: str, link: str) -> None:
    """A renamed test takes its row along: the words of the link are the test's name, or a case's number."""
    path = (DOCS / link).resolve()
    assert (number, path.is_file()) == (number, True)
    if text.startswith("case "):
        assert text.removeprefix("case ") in {case.number for case in PLAYED[path.name]}
    else:
        assert f"test_{text.replace(' ', '_')}" in functions(path)


def test_every_case_that_is_played_is_in_the_table() -> None:
    """With the link that leads to it."""
    named = {text.removeprefix("case ") for _, text, _ in LINKS if text.startswith("case ")}
    assert {case.number for cases in PLAYED.values() for case in cases} == named


def test_no_number_has_two_rows() -> None:
    """Of two only the last would be looked at here."""
    numbers = re.findall(r"^\| ([A-Z]\d+) \|", (DOCS / "field-notes.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [number for number in set(numbers) if numbers.count(number) > 1] == []


def test_a_row_without_a_test_has_a_reason() -> None:
    """More than a word; and there are few of them."""
    without = {number: cells[1] for number, cells in ROWS.items() if not re.search(r"\]\(\.\./tests", cells[2])}
    assert {number for number, reason in without.items() if len(reason) < 40} == set()
    assert len(without) < 12
