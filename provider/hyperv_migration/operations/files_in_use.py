"""Files that somebody else has open at the moment, which only Windows minds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_INTERVAL = 0.02


def patiently(act: Callable[[], T], platform: str = sys.platform, seconds: float = 1.0) -> T:
    """Read, replace or remove a file; on Windows again for a moment, while it is refused.

    There a file that is open can be replaced or removed only if whoever opened it allows that (FILE_SHARE_DELETE), which
    Python's `open` does not; another engine that reads it, a virus scanner or an indexer holds it for some milliseconds. It
    is told as PermissionError (ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION), as missing rights are. Elsewhere that is about
    rights alone, which no waiting brings.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            return act()
        except PermissionError:
            if platform != "win32" or time.monotonic() >= end:
                raise
        time.sleep(_INTERVAL)
