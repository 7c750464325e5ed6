"""What an operation raised inside a face that is served in this process, whatever the wire tells of it.

Nothing is changed: the face calls the operation and gets what it raises. So a test can ask for the very class of an error
although a status code stands for several and the dynamic host sends none.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from hyperv_migration.model.errors import MigrationError
from hyperv_migration.operations.resources import RESOURCES, Resource


class Watch:
    """Keeps the last error of any operation."""

    def __init__(self) -> None:
        self.error: MigrationError | None = None

    @contextmanager
    def over_operations(self) -> Iterator[None]:
        """Watch every operation of every resource."""
        with patch.dict(RESOURCES, {kind: self._watched(resource) for kind, resource in RESOURCES.items()}):
            yield

    def _watched(self, resource: Resource) -> Resource:
        watched = {name: self._kept(getattr(resource, name)) for name in ("create", "read", "update", "delete")}
        return replace(resource, **watched)

    def _kept(self, operation: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(operation)
        def call(*arguments: Any) -> Any:
            try:
                return operation(*arguments)
            except MigrationError as error:
                self.error = error
                raise

        return call
