"""Who waited for an attempt that failed shares the failure.

Sixty resources that start at once all need the same sign-in. If each repeated one that was refused, a wrong password would
count sixty times and lock the account out; if each repeated one that nobody answered, the time would be the sum.
"""

from __future__ import annotations

import contextlib
import copy
import threading
from collections.abc import Iterator

from hyperv_migration.model.errors import MigrationError


class Attempts:
    """One thread tries at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failure: MigrationError | None = None
        self.failures = 0
        """How many have failed; what a caller remembers of it says which of them he has waited for."""

    @contextlib.contextmanager
    def trying(self, since: int) -> Iterator[None]:
        """Try, once nobody else does; raises at once what another attempt has failed with since then."""
        with self._lock:
            if self.failures > since and self._failure is not None:
                raise copy.copy(self._failure)
            try:
                yield
            except MigrationError as error:
                self._failure = error
                self.failures += 1
                raise
            self._failure = None
