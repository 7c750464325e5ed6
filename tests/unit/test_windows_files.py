"""Files on Windows: where notes lie, what is open cannot be replaced, and turns by a locked octet."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from hyperv_migration.operations.files_in_use import patiently
from hyperv_migration.operations.journal import default_folder
from hyperv_migration.operations.turns import HELD, Ranges

OURS = Path("pulumi-hyperv-migration") / "journal"


class Open:
    """A file that somebody else has open for so many attempts."""

    def __init__(self, attempts: int) -> None:
        self.left = attempts

    def replace(self) -> str:
        """Be refused as os.replace is on Windows (MoveFileEx, ERROR_SHARING_VIOLATION)."""
        if self.left:
            self.left -= 1
            raise PermissionError(errno.EACCES, "The process cannot access the file")
        return "replaced"


def test_a_file_that_is_open_is_waited_for_on_windows() -> None:
    """A virus scanner looks at it for some milliseconds."""
    assert patiently(Open(5).replace, "win32") == "replaced"


def test_no_longer_than_a_moment() -> None:
    """Missing rights look the same there."""
    with pytest.raises(PermissionError):
        patiently(Open(1000).replace, "win32", seconds=0.1)


def test_elsewhere_a_refusal_is_about_rights() -> None:
    """It is told at once."""
    file = Open(1)
    with pytest.raises(PermissionError):
        patiently(file.replace, "linux")
    assert file.left == 0


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("win32", {"LOCALAPPDATA": "/Users/j/AppData/Local"}, "/Users/j/AppData/Local"),
        ("win32", {"LOCALAPPDATA": "/Users/j/AppData/Local", "XDG_STATE_HOME": "/state"}, "/state"),
        ("win32", {"LOCALAPPDATA": "relative"}, "/Users/j/AppData/Local"),
        ("win32", {}, "/Users/j/AppData/Local"),
        ("linux", {"LOCALAPPDATA": "/Users/j/AppData/Local"}, "/Users/j/.local/state"),
        ("darwin", {}, "/Users/j/.local/state"),
    ],
)
def test_where_notes_lie(
    platform: str, environment: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service account may have no LOCALAPPDATA; its profile has the folder all the same."""
    for name in ("LOCALAPPDATA", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/Users/j", **environment}.items():
        monkeypatch.setenv(name, value)
    assert default_folder(platform) == Path(folder) / OURS


class Library:
    """msvcrt.locking as it is documented: one range of a file belongs to one handle at a time."""

    LK_UNLCK, LK_NBLCK = 0, 2

    def __init__(self) -> None:
        self.owners: dict[tuple[int, int], int] = {}

    def locking(self, file: int, mode: int, octets: int) -> None:
        """Lock or unlock so many octets from the file's position on; EACCES where that cannot be."""
        known = os.fstat(file)
        place = (known.st_ino, os.lseek(file, 0, os.SEEK_CUR))
        mine = self.owners.get(place) == file
        if octets != 1 or mode not in {self.LK_UNLCK, self.LK_NBLCK} or mine is (mode == self.LK_NBLCK):
            raise OSError(errno.EINVAL, "not asked for here")
        if mode == self.LK_UNLCK:
            del self.owners[place]
        elif place in self.owners:
            raise OSError(errno.EACCES, "Permission denied")
        else:
            self.owners[place] = file


def test_a_locked_octet_keeps_others_off(tmp_path: Path) -> None:
    """Until it is let go; the file is empty, and stays so."""
    path = tmp_path / "hv01.lock"
    locks = Ranges(Library())
    first, second = (os.open(path, os.O_RDWR | os.O_CREAT) for _ in range(2))
    try:
        locks.take(first)
        with pytest.raises(OSError, match="Permission denied") as held:
            locks.take(second)
        assert held.value.errno in HELD
        locks.give(first)
        locks.take(second)
        locks.give(second)
    finally:
        os.close(first)
        os.close(second)
    assert path.stat().st_size == 0
