"""What was found on a target, noted on this machine before the first write to it (DESIGN §3, Failure and journal).

A kill between a write and its answer leaves nothing in Pulumi's state. The next create on the same machine then takes
what was found from here, instead of mistaking its own half-done work for it. A note is removed by the first later call
whose old state shows its id, since then the state knows. Notes hold names and settings, no secrets.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hyperv_migration.operations.files_in_use import patiently

STATE_KEY = "journalId"
"""The output in which a state carries the id of its note."""


@dataclass(frozen=True, kw_only=True)
class Note:
    """What was found on a target, and what was about to be written to it."""

    id: str
    found: Mapping[str, Any]
    intended: Mapping[str, Any]
    time: float | None = None
    """When it was written, in seconds since 1970; None where an earlier version wrote it."""


@dataclass(frozen=True, kw_only=True)
class Journal:
    """The notes of one engine call; `urn` tells project and stack."""

    urn: str = ""
    folder: Path | None = field(default=None)
    """None: the user's state folder."""
    unusable: Callable[[Exception], None] = field(default=lambda _: None, compare=False)
    """Is told when a note could not be written."""
    noted: Callable[[bool], None] = field(default=lambda _: None, compare=False)
    """Is told whether there is a note to go on from, whenever that is found or changes."""

    def recall(self, target: str) -> Note | None:
        """Return the note of an operation on this target that never reached the state."""
        try:
            kept = json.loads(_text(self._path(target)))
            at = kept.get("time")
            note = Note(
                id=str(kept["id"]),
                found=dict(kept["found"]),
                intended=dict(kept["intended"]),
                time=at if isinstance(at, float) else None,
            )
        except (OSError, ValueError, KeyError, TypeError):
            # No note, or one that a crash cut off before the rename: what is found now counts.
            return None
        self.noted(True)
        return note

    def keep(
        self, target: str, *, found: Mapping[str, Any], intended: Mapping[str, Any], at: float | None = None
    ) -> str | None:
        """Note it before the first write and return the note's id; None where nothing can be written on this machine.

        `at` is when that was, now unless another time is given.
        """
        note_id = str(uuid.uuid4())
        note = {
            "id": note_id,
            "urn": self.urn,
            "target": target,
            "found": dict(found),
            "intended": dict(intended),
            "time": time.time() if at is None else at,
        }
        partial: Path | None = None
        try:
            path = self._path(target)
            partial = path.with_suffix(f".{note_id}")
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(
                os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
            ) as file:
                json.dump(note, file)
                file.flush()
                os.fsync(file.fileno())
            written = partial
            patiently(lambda: written.replace(path))
        except OSError as error:
            # A read-only home must not stop the work; the promise of the journal is then not given, which is said.
            if partial is not None:
                with contextlib.suppress(OSError):
                    partial.unlink()
            self.unusable(error)
            return None
        self.noted(True)
        return note_id

    def settle(self, target: str, state: Mapping[str, Any]) -> None:
        """Remove the note if the state, which the engine has kept, shows its id; also one under the place of before a rename.

        Left there, it would pass for that of an interrupted operation once the resource has its old place again.
        """
        known = state.get(STATE_KEY)
        if not known:
            return
        note = self.recall(target)
        with contextlib.suppress(OSError):
            if note is not None and note.id == known:
                patiently(self._path(target).unlink)
                self.noted(False)
                return
            # A note holds its id and is some hundred octets; those that states know are gone, so there are few.
            for path in self._path(target).parent.glob("*.json"):
                with contextlib.suppress(OSError, UnicodeDecodeError):
                    if f'"id": "{known}"' in _text(path):
                        patiently(path.unlink)
                        return

    def left_behind(self, target: str) -> dict[str, str]:
        """Return what an imported state carries, so that its next operation removes a note that some other state left.

        An import takes the target as it is found; what was there before somebody's earlier write is not its to restore.
        """
        note = self.recall(target)
        return {} if note is None else {STATE_KEY: note.id}

    def discard(self, target: str) -> None:
        """Remove the note because nothing of ours is on the target: nothing was written, or all of it was taken back."""
        with contextlib.suppress(OSError):
            patiently(self._path(target).unlink)
        self.noted(False)

    def put_back(self, target: str, former: Note | None) -> None:
        """Return to the note of before, because what was noted since was positively not written."""
        if former is None:
            self.discard(target)
        else:
            self.keep(target, found=former.found, intended=former.intended, at=former.time)

    def only_here(self, *, noted: bool, known: str, elsewhere: str, heir: str) -> str:
        """Say what only this machine knows, and what to do where the next command runs on another one.

        An alias would have helped only where `heir`, the URN of who goes on, has another place in the stack.
        """
        if not noted:
            return f"{known}. This could not be noted on this machine, so {elsewhere}."
        folder = self.folder or default_folder()
        if place_in_stack(heir) == place_in_stack(self.urn):
            advice = "No alias can help here: run the next command on this machine"
        else:
            advice = "Where it was renamed, an alias avoids this"
        return (
            f"{known}. This is noted on this machine only ({folder}). If the next command runs on another machine, as on a CI "
            f"runner, {elsewhere}. {advice}: docs/renaming.md."
        )

    def _path(self, target: str) -> Path:
        key = "\n".join([*_project_and_stack(self.urn), target])
        return (self.folder or default_folder()) / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


class NoStateFolder(OSError):
    """Nothing says where this account keeps its state: no home, and no variable that names a folder."""


def default_folder(platform: str = sys.platform) -> Path:
    """Return where the notes lie: below XDG_STATE_HOME, else where the system has such things, below the account's home.

    On Windows that is LOCALAPPDATA, which nobody but the account and administrators may read, and which does not travel with
    a roaming profile. A path that is not absolute is ignored, as the XDG Base Directory Specification says: it would be
    another folder in each project. Raises NoStateFolder for an account without a home, such as an arbitrary number in a
    container.
    """
    names = ("XDG_STATE_HOME", "LOCALAPPDATA") if platform == "win32" else ("XDG_STATE_HOME",)
    given = (Path(os.environ.get(name, "")) for name in names)
    base = next((path for path in given if path.is_absolute()), None)
    if base is None:
        try:
            home = Path.home()
        except RuntimeError:
            raise NoStateFolder from None
        if not home.is_absolute():
            raise NoStateFolder
        base = home.joinpath(*(("AppData", "Local") if platform == "win32" else (".local", "state")))
    return base / "pulumi-hyperv-migration" / "journal"


def _text(path: Path) -> str:
    return patiently(lambda: path.read_text(encoding="utf-8"))


def _project_and_stack(urn: str) -> tuple[str, str]:
    """Read urn:pulumi:STACK::PROJECT::TYPE::NAME; two stacks never share a note."""
    parts = urn.split("::")
    return (parts[1], parts[0].rpartition(":")[2]) if len(parts) > 1 else ("", "")


def place_in_stack(urn: str) -> str:
    """Return what a resource's URN has on either face: the types of its parents and its name, not its own type's name.

    A run that was killed on one face may be taken up by the other one (DESIGN §3, Moving between faces).
    """
    # The name comes last and may hold colons, as the subnets of IPv6 do.
    parts = urn.split("::", 3)
    parents = parts[2].rpartition("$")[0] if len(parts) > 3 else ""  # noqa: PLR2004 - stack, project, types, name
    return f"{parents}::{parts[-1]}"
