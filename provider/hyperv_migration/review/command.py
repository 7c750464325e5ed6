"""`hyperv-migration review`: from standard input or a file, to standard output or a file."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.review.build import build_review
from hyperv_migration.review.markdown import markdown
from hyperv_migration.review.page import page
from hyperv_migration.review.preview import decoded, read_preview

_RENDERERS = {"markdown": markdown, "html": page}
_REFUSED = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help="what pulumi preview --json printed; standard input if left out"
    )
    parser.add_argument("--format", choices=sorted(_RENDERERS), default="markdown", help="markdown is the default")
    parser.add_argument(
        "--time",
        default="",
        metavar="TEXT",
        help="when the preview was made, for the head of the page; `now` is this moment",
    )
    parser.add_argument("--output", metavar="FILE", help="where to write; standard output if left out")


def run(arguments: argparse.Namespace) -> int:
    """Write the review; returns 0, or 2 with one sentence where there is none or the preview failed."""
    try:
        preview = read_preview(decoded(_read(arguments.file)))
        review = build_review(preview, _time(arguments.time))
    except InvalidInput as refused:
        return _refuse(str(refused))
    except OSError as error:
        return _refuse(f"{arguments.file} cannot be read: {error.strerror}.")
    # UTF-8 whatever the console's code page is, and no line ends but one.
    content = _RENDERERS[arguments.format](review).encode("utf-8", errors="backslashreplace")
    try:
        _write(arguments.output, content)
    except OSError as error:
        return _refuse(f"{arguments.output or 'Standard output'} cannot be written: {error.strerror}.")
    if preview.errors:
        return _refuse("The preview failed; the review shows what it said and is not complete.")
    return 0


def _time(given: str) -> str:
    """Return the time of the head. Only if asked, this moment: else the same preview would give two pages."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC") if given == "now" else given


def _read(file: str | None) -> bytes:
    return Path(file).read_bytes() if file not in {None, "-"} else sys.stdin.buffer.read()


def _write(file: str | None, content: bytes) -> None:
    if file is not None:
        Path(file).write_bytes(content)
    else:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return _REFUSED
