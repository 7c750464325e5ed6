"""What a target sends may stand in a message; a terminal must not obey it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperv_migration.faces.engine_log import EngineLog
from hyperv_migration.model import errors
from hyperv_migration.model.terminal import LONGEST, printable

OBEYED = "\x1b]0;owned\x07\x1b[2K\r\n\x9b31m\u202e\u2066\u200f\ufeff\ud800\x00\u2028\U000e0041"


@given(st.text(st.characters()) | st.text(OBEYED + "a仮ש'\\"))
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    """Whatever the text, each character that is left is shown as itself; twice is as once."""
    shown = printable(text)
    assert shown.isprintable()
    assert printable(shown) == shown
    shown.encode()


@pytest.mark.parametrize(
    "text", ["HV01.lab.test", "仮想マシン", "שלום עולם", "مرحبا", "Zürich é́ — „so“", "\U0001f600", ""]
)
def test_letters_of_every_script_stay(text: str) -> None:
    """Right-to-left letters are letters; only the controls that reorder others go."""
    assert printable(text) == text


def test_controls_are_spelled_out() -> None:
    """As in a Python string, so that one sees what was there."""
    assert printable("a\x1b[31mb\u202ec\U000e0041") == "a\\x1b[31mb\\u202ec\\U000e0041"


@pytest.mark.parametrize("long", ["x" * 10_000_000, "\x1b" * 10_000_000])
def test_a_text_without_an_end_is_cut_in_its_midst(long: str) -> None:
    """A name of ten megabytes tells nobody anything; whom it is about and what to do still stand there."""
    shown = printable(f"hv01 sent {long}; check it.")
    assert len(shown) <= LONGEST
    assert shown.startswith("hv01 sent ")
    assert "…" in shown
    assert shown.endswith("; check it.")


@pytest.mark.parametrize(
    "error",
    [
        errors.ProtocolViolation(OBEYED),
        errors.InvalidInput(OBEYED, property_name="source"),
        errors.RemoteFault(OBEYED, code=5),
        errors.PartiallyApplied(OBEYED, id="one", state={}),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_error_is_fit_for_a_terminal(error: errors.MigrationError) -> None:
    """Wherever it is raised, without anybody having to think of it."""
    assert str(error).isprintable()
    assert "owned" in str(error)


def test_warnings_and_progress_are_fit_for_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Where no engine is known they go to standard error itself."""
    log = EngineLog("", "urn")
    log.warning(OBEYED)
    log.progress(OBEYED)
    shown = capsys.readouterr().err
    assert shown == f"{printable(OBEYED)}\n" * 2


def test_a_warning_is_said_once_in_a_call(capsys: pytest.CaptureFixture[str]) -> None:
    """An update that reads the target first comes upon the same thing twice."""
    log = EngineLog("", "urn")
    for said in ("one", "two", "one"):
        log.warning(said)
    assert capsys.readouterr().err == "one\ntwo\n"
