"""Costly things are built once into a cache outside the tree, whole or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


def cache_root() -> Path:
    """The folder outside the tree where built things are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    root = Path(base) / "pulumi-hyperv-migration"
    root.mkdir(parents=True, exist_ok=True)
    return root


@contextmanager
def locked(lock: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file, waiting for whoever has it."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def built_once(folder: Path, build: Callable[[Path], None]) -> Path:
    """Return the folder, having `build` fill it first if it is not there yet.

    `build` works in a sibling folder that takes the final name in one rename, so a build
    that was interrupted leaves nothing that looks finished. Two runs wait for each other.
    """
    with locked(folder.with_name(f"{folder.name}.lock")):
        if not folder.is_dir():
            unfinished = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
            unfinished.chmod(0o755)
            try:
                build(unfinished)
                unfinished.rename(folder)
            except BaseException:
                shutil.rmtree(unfinished, ignore_errors=True)
                raise
    return folder


def digest(files: Iterable[Path]) -> str:
    """Return a short name for what the files hold, so that a built thing is built anew when they change."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:16]
