"""docs/troubleshooting.md names every number that the code tells apart, and no message that the code does not say."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from hyperv_migration.directory import errors as directory
from hyperv_migration.hyperv import methods
from hyperv_migration.model import kerberos, logon
from hyperv_migration.wsman import fault

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
PROVIDER = ROOT / "provider" / "hyperv_migration"

MIGRATIONS = {
    "0x8009030E",
    "0x8009030D",
    "0x80090322",
    "0x80090303",
    "0x80070005",
    "0x80070569",
    "0x8007274D",
    "0x80072746",
    "0x8007274C",
    "0x80072741",
    "0x80070534",
    "20306",
    "21502",
    "20406",
    "280",
    "21024",
    "14050",
}
"""What a failed migration says (active-directory.md 67-74; field-notes.md P01-P06)."""


def section(title: str) -> str:
    """The text of one chapter of the page."""
    return PAGE.partition(f"## {title}")[2].partition("\n## ")[0]


def first_column(text: str) -> set[str]:
    """Every number in the first cells of a chapter's table, and those of the sentence below it."""
    cells = [line.split("|")[1] if line.startswith("|") else line for line in text.splitlines()]
    return set(re.findall(r"0x[0-9A-F]{8}|\b\d+\b", "\n".join(cells)))


def shown(code: int) -> str:
    """A number as messages show it: Win32 codes and methods in decimal, HRESULTs in hexadecimal."""
    return str(code) if code < 0x10000 else f"0x{code:08X}"


def sentences() -> list[str]:
    """Every text of the code, with a gap where a value stands in."""
    found: list[str] = []
    for path in PROVIDER.rglob("*.py"):
        if "lab" in path.relative_to(PROVIDER).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                found.append(
                    "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
                )
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return found


HOST_CODES = {
    *(code for row in fault._ROWS.values() for code in {*row.codes, *row.cim}),
    *methods._MEANING,
    *methods._SUCCEEDED,
    *methods._FAILED,
    methods.JOB_STARTED,
    methods.ADDRESS_NOT_VALID,
    *(401, 403, 404),
}
LDAP_CODES = {
    *(value for name, value in vars(directory).items() if name.isupper() and isinstance(value, int)),
    *directory._STRONGER_AUTH,
    *directory._BAD_CREDENTIALS,
    *directory.BUSY,
} - {directory.SUCCESS}

# Signed, as messages show them; the minus sign is none of the digits that are looked for.
KERBEROS_CODES = {str((1 << 32) - kerberos._BASE - code) for code in kerberos._MEANINGS} | {
    str(kerberos._NO_CREDENTIAL),
    str(kerberos._CREDENTIALS_EXPIRED),
}


@pytest.mark.parametrize(
    ("chapter", "codes"),
    [
        ("By number: hosts", {shown(code) for code in HOST_CODES}),
        ("By number: the directory", {shown(code) for code in LDAP_CODES}),
        ("By number: Kerberos", KERBEROS_CODES),
        ("The migration says …", MIGRATIONS),
    ],
)
def test_every_number_is_in_its_chapter(chapter: str, codes: set[str]) -> None:
    """A number that the code learns to tell apart needs a row here."""
    assert codes - first_column(section(chapter)) == set()


def test_every_reason_of_a_refused_sign_in_has_its_row() -> None:
    """The number behind `data`, in hexadecimal digits as the message shows it."""
    cells = [line.split("|")[1] for line in section("By number: the directory").splitlines() if line.startswith("| ")]
    assert {f"{number:x}" for number in logon.MEANINGS} - set(re.findall(r"\b[0-9a-f]+\b", " ".join(cells))) == set()


def test_every_message_quoted_is_one_the_code_says() -> None:
    """A user searches the page for the words on the screen."""
    rows = [line.split("|")[1] for line in section("The provider says …").splitlines() if line.startswith('| "')]
    quoted = [words for row in rows for words in re.findall('"([^"]+)"', row)]
    said = sentences()
    assert len(rows) > 20
    assert [words for words in quoted if not any(words in text for text in said)] == []


def test_every_row_says_what_to_do() -> None:
    """Number, cause, and what to do or check first; only the row for any other result has no cause."""
    rows = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| ")]
    assert [row for row in rows if len(row) != 3 or not row[2].strip()] == []
    assert len([row for row in rows if not row[1].strip()]) == 1
