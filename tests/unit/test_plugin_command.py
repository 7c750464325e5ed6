"""`hyperv-migration plugin`: where the engine keeps plugins, what is there, and what it takes before them."""

from __future__ import annotations

import os
import pwd
import sys
from pathlib import Path

import pytest

from hyperv_migration import __version__
from hyperv_migration.cli import main
from hyperv_migration.faces.plugin import install as plugins


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An engine's folder of this test, and nothing of ours on PATH."""
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    return tmp_path / "pulumi"


def test_home_is_the_accounts_whatever_the_variable_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the engine has it: with `sudo`, or in a container, HOME may be somebody else's."""
    monkeypatch.delenv("PULUMI_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert plugins.pulumi_home() == Path(pwd.getpwuid(os.getuid()).pw_dir) / ".pulumi"


def test_install_says_where_it_went_and_what_to_type_next(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole path, and the command that adds the package to a project."""
    assert main(["plugin", "install"]) == 0
    said = capsys.readouterr().out
    shim = home / "plugins" / f"resource-hyperv-migration-v{__version__}" / plugins.NAME
    assert said.splitlines() == [
        f"Wrote {shim}",
        "Every project of this account finds it now: in a project's folder run `pulumi package add hyperv-migration`.",
    ]
    assert shim.is_file()


def test_list_says_what_each_version_starts(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """This interpreter; one whose environment was deleted; one that pulumi itself has put there."""
    main(["plugin", "install"])
    for version, text in (
        ("0.0.8", f"#!/bin/sh\nexec '/gone/my env/python' -P -u -m {plugins._MODULE} \"$@\"\n"),
        ("0.0.9", None),
    ):
        folder = home / "plugins" / f"resource-hyperv-migration-v{version}"
        folder.mkdir()
        if text:
            (folder / plugins.NAME).write_text(text)
    capsys.readouterr()
    assert main(["plugin", "list"]) == 0
    begin = f"{home}/plugins/resource-hyperv-migration-v"
    assert capsys.readouterr().out.splitlines() == [
        f"0.0.8  {begin}0.0.8  cannot start: /gone/my env/python is gone; run `hyperv-migration plugin install` again",
        f"0.0.9  {begin}0.0.9",
        f"{__version__}  {begin}{__version__}  starts {sys.executable}",
    ]


def test_list_of_nothing_says_where_it_looked(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And what to do."""
    assert main(["plugin", "list"]) == 0
    assert capsys.readouterr().out == (
        f"The engine keeps none in {home / 'plugins'}; `hyperv-migration plugin install` adds this one.\n"
    )


@pytest.mark.parametrize(
    ("switch", "told"), [("", True), ("false", True), ("1", False), ("true", False), ("TRUE", False)]
)
def test_one_on_path_is_told_of_unless_it_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], switch: str, told: bool
) -> None:
    """The engine would take it first, whatever was installed."""
    (tmp_path / plugins.NAME).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PULUMI_IGNORE_AMBIENT_PLUGINS", switch)
    for action in ("install", "list"):
        main(["plugin", action])
        said = capsys.readouterr().out
        assert (f"But {tmp_path / plugins.NAME} is on PATH." in said) == told
        assert ("PULUMI_IGNORE_AMBIENT_PLUGINS=1" in said) == told
