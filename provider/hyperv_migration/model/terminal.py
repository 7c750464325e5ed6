"""Text for people's terminals. Pure.

Names come from targets: a directory's or a host's answer may carry escape sequences that a terminal obeys, or
bidirectional controls that show a sentence in another order than it was written in.
"""

from __future__ import annotations

LONGEST = 2000
"""Characters of one message; what a target sends has no end of its own."""


def printable(text: str) -> str:
    r"""Return the text with every character that is not shown as itself spelled out, and cut where it goes on for ever.

    Letters of all scripts stay. Controls, line ends, bidirectional controls, surrogates and characters without a
    meaning become \x1b, \u202e or \U000e0001, as in a Python string; applied twice it changes nothing more.
    """
    cut = _cut(text)
    return (
        cut if cut.isprintable() else _cut("".join(each if each.isprintable() else _spelled(ord(each)) for each in cut))
    )


def _cut(text: str) -> str:
    """Leave out the middle: a sentence begins with whom it is about and ends with what to do."""
    half = (LONGEST - 1) // 2
    return text if len(text) <= LONGEST else f"{text[:half]}…{text[-half:]}"


def _spelled(number: int) -> str:
    if number < 0x100:  # noqa: PLR2004 - the end of Latin-1
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"  # noqa: PLR2004 - the end of the first plane
