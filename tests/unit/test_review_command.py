"""`hyperv-migration review` as a command: input, output, exit status, and nothing hostile that gets through."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperv_migration.cli import main
from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.review.build import build_review
from hyperv_migration.review.markdown import markdown
from hyperv_migration.review.page import page
from hyperv_migration.review.preview import read_preview

RECORDED = Path(__file__).with_name("previews") / "dynamic-change.json"
URN = "urn:pulumi:test::story::hyperv-migration:index:"
HOSTILE = st.text(alphabet=st.sampled_from("ab`*_<>&\"'|[]()!#\\\n\r\u202e\u2028@~$ -"), min_size=1, max_size=30)


class Elements(HTMLParser):
    """The elements and attributes of a page, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[tuple[str, str | None]] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember an element."""
        self.tags.append(tag)
        self.attributes |= set(attrs)

    def handle_data(self, data: str) -> None:
        """Remember text."""
        self.text.append(data)


def hostile_preview(text: str) -> str:
    """A preview with the text wherever a name or a message stands."""
    host = {"computerName": text, "profile": text}
    delegation = {"source": text, "destinations": [text], "services": [text]}
    steps = [
        {
            "op": "create",
            "urn": f"{URN}MigrationHost::{text}",
            "newState": {"inputs": host, "parent": f"a::b::c::{text}"},
        },
        {"op": "create", "urn": f"{URN}KerberosDelegation::{text}", "newState": {"inputs": delegation}},
    ]
    told = [{"severity": severity, "urn": "x", "message": text} for severity in ("error", "warning")]
    return json.dumps({"steps": steps, "diagnostics": told})


def parsed(html: str) -> Elements:
    """Read a page."""
    elements = Elements()
    elements.feed(html)
    elements.close()
    return elements


def without_code(text: str) -> str:
    """Markdown without its fenced blocks and code spans, read as CommonMark 6.1 and 4.5 say."""
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        ticks = line[: len(line) - len(line.lstrip("`"))]
        if fence:
            fence = "" if line == ticks and len(ticks) >= len(fence) else fence
        elif len(ticks) >= 3 and "`" not in line[len(ticks) :]:
            fence = ticks
        else:
            lines.append(_without_spans(line))
    assert fence == ""
    return "\n".join(lines)


def _without_spans(line: str) -> str:
    kept, place = "", 0
    while place < len(line):
        if line[place] == "\\":
            kept, place = kept + line[place : place + 2], place + 2
        elif line[place] == "`":
            length = len(line[place:]) - len(line[place:].lstrip("`"))
            end = place + length
            while (end := line.find("`" * length, end)) >= 0:
                run = len(line[end:]) - len(line[end:].lstrip("`"))
                if run == length:
                    break
                end += run
            assert end >= 0, f"a span is never closed: {line}"
            kept, place = f"{kept}C", end + length
        else:
            kept, place = kept + line[place], place + 1
    return kept


HARMLESS = "x"


@settings(deadline=None)
@given(HOSTILE.filter(str.strip))
def test_no_name_can_add_an_element_to_the_page(text: str) -> None:
    """Elements and attributes are those of a harmless name."""
    expected = parsed(page(build_review(read_preview(hostile_preview(HARMLESS)))))
    found = parsed(page(build_review(read_preview(hostile_preview(text)))))
    assert set(found.tags) == set(expected.tags)
    assert found.attributes == expected.attributes
    assert "script" not in found.tags


@settings(deadline=None)
@given(HOSTILE.filter(str.strip))
def test_no_name_can_leave_its_code_span(text: str) -> None:
    """What is outside of code holds nothing of the text: only our own words, escaped."""
    outside = without_code(markdown(build_review(read_preview(hostile_preview(text)))))
    assert "\u202e" not in outside
    assert not set("<>@$|") & set(outside.replace("\\<", "").replace("\\>", "").replace("\\@", ""))
    # A name is a run of our own words' places: as many code spans as it has uses, and no line more than is ours.
    lines = [line for line in outside.split("\n") if line]
    starts = ("#", "Project ", "**", "- ", "Resource: ", "In PowerShell:", "Note: ", "Left alone: ", "On destroy: ")
    assert all(line.startswith(starts) for line in lines)


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in rows:
        yield (*above, key)
        yield from places(below, (*above, key))


WHOLE = json.loads(RECORDED.read_text(encoding="utf-8"))
PLACES = list(places(WHOLE))
ODD = st.sampled_from(
    [None, True, -1, 2.5, float("inf"), "", "x", "[secret]", "04da6b54-80e4-46f7-96ec-b56ff0331ba9", [], [None], ["[secret]"],
     {}, {"a": 1}, {"4dabf18193072939515e22adb298388d": "x"}, "10.0.0.1/8", "update", "import", "delete", "\ud800", 10**40]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), ODD), min_size=1, max_size=4))
def test_odd_json_is_reviewed_or_refused_and_never_fails(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    """Whatever stands where another thing is expected."""
    whole = json.loads(json.dumps(WHOLE))
    for place, value in changes:
        holder = whole
        with suppress(KeyError, IndexError, TypeError):
            for key in place[:-1]:
                holder = holder[key]
            holder[place[-1]] = value
    with suppress(InvalidInput):
        review = build_review(read_preview(json.dumps(whole)))
        assert markdown(review)
        assert page(review)


def test_page_is_self_contained() -> None:
    """No script, nothing loaded from anywhere, both colour schemes, and a style for paper."""
    text = page(build_review(read_preview(RECORDED.read_text())))
    found = parsed(text)
    assert not {"script", "link", "img", "iframe", "a"} & set(found.tags)
    assert not {name for name, _ in found.attributes} & {"src", "href", "onload", "onclick", "style"}
    assert "url(" not in text
    assert "@import" not in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "There is nothing to review: the input is empty"),
        (b"Previewing update (test):", "The input is no JSON"),
        (b"[" * 100_000, "The input is no JSON"),
        (b"[]", "The input is JSON, but no preview"),
        (b'{"version": 3, "deployment": {}}', "The input is JSON, but no preview"),
        (b'{"steps": [{"op": 1}]}', "A step of the input has no op or no urn"),
        (
            b'{"steps": [{"op": "create", "urn": "urn:pulumi:a::b::hyperv-migration:index:MigrationHost::h"}]}',
            "MigrationHost 'h' has no computerName in the input",
        ),
    ],
)
def test_bad_input_is_one_sentence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], content: bytes, sentence: str
) -> None:
    """On standard error, with exit status 2; nothing is written."""
    file = tmp_path / "preview.json"
    file.write_bytes(content)
    assert main(["review", str(file)]) == 2
    printed = capfd.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(sentence)
    assert printed.err.count("\n") == 1


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Named, with the system's reason."""
    assert main(["review", str(tmp_path / "none.json")]) == 2
    assert "none.json cannot be read" in capfd.readouterr().err


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_files_of_windows_powershell_are_read(tmp_path: Path, encoding: str) -> None:
    """A redirection there writes UTF-16 with a mark, or UTF-8 with one."""
    given_file, made = tmp_path / "preview.json", tmp_path / "review.md"
    given_file.write_bytes(RECORDED.read_text(encoding="utf-8").encode(encoding))
    assert main(["review", str(given_file), "--output", str(made)]) == 0
    assert "3 hosts and 2 directory accounts" in made.read_text(encoding="utf-8")


def test_a_failed_preview_is_shown_and_is_no_success(capfd: pytest.CaptureFixture[str]) -> None:
    """A pipeline stops, and the reader sees why."""
    assert main(["review", str(RECORDED.with_name("plugin-refused.json"))]) == 2
    printed = capfd.readouterr()
    assert "has host bits set beyond its prefix" in printed.out
    assert printed.err == "The preview failed; the review shows what it said and is not complete.\n"


def test_no_library_for_the_network_is_loaded() -> None:
    """Neither pulumi, nor requests, nor ldap3: a review needs none."""
    code = (
        "import sys; from hyperv_migration.cli import main; main(['review', sys.argv[1]]);"
        "sys.stderr.write(' '.join(sorted({'pulumi', 'grpc', 'requests', 'winrm', 'ldap3', 'spnego'} & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code, RECORDED], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_the_time_of_the_head_is_an_argument(tmp_path: Path) -> None:
    """What is given stands there; `now` is asked for by name."""
    heads = []
    for time in ("2026-11-20 09:00 UTC", "now"):
        written = tmp_path / "review.md"
        assert main(["review", str(RECORDED), "--time", time, "--output", str(written)]) == 0
        heads.append(written.read_text(encoding="utf-8").splitlines()[2])
    assert heads[0] == "Project `story`, stack `test`, previewed `2026-11-20 09:00 UTC`."
    assert re.fullmatch(r"Project `story`, stack `test`, previewed `\d{4}-\d\d-\d\d \d\d:\d\d UTC`\.", heads[1])
