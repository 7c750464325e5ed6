"""Tells a story in a terminal: numbered steps, aligned lines, and claims that end it when they are untrue."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import TextIO

_INDENT = " " * 5
_BOLD, _DIM, _GREEN, _RED, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31m", "\x1b[0m"


class UntrueError(Exception):
    """Something the story was about to say is not so."""


class Story:
    """Writes to one stream; in colour only if that is a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._coloured = stream.isatty() and "NO_COLOR" not in os.environ
        self._mark = "✓" if _can_write(stream, "✓") else "ok"
        self._began = time.monotonic()
        self._steps = 0
        self.claims = 0

    @property
    def seconds(self) -> float:
        """How long the story has been going on."""
        return time.monotonic() - self._began

    def say(self, text: str = "") -> None:
        """Write one line as it is."""
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def step(self, title: str) -> None:
        """Begin the next step."""
        self._steps += 1
        self.say()
        self.say(self._in(_BOLD, f"{self._steps:3}  {title}"))

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows with their columns aligned."""
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.say(f"{_INDENT}{cells}".rstrip())

    def note(self, text: str) -> None:
        """Write where something came from."""
        self.say(self._in(_DIM, f"{_INDENT}{text}"))

    def claim(self, sentence: str, *, holds: bool, else_say: str) -> None:
        """Say something that was checked.

        Raises:
            UntrueError: it does not hold; carries what is so instead.
        """
        if not holds:
            raise UntrueError(f"Not true: {sentence}. Instead: {else_say}")
        self.claims += 1
        self.say(f"{_INDENT}{self._in(_GREEN, self._mark)} {sentence}")

    def end_badly(self, reason: str) -> None:
        """Say why the story ends here."""
        self.say()
        self.say(self._in(_RED, reason))

    def _in(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_PLAIN}" if self._coloured else text


def _can_write(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
