"""Everything that a release publishes, built once."""

from __future__ import annotations

from pathlib import Path

import pytest

import dist
import native_sdks


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make dist` leaves in dist/."""
    try:
        native_sdks.node_modules()
    except native_sdks.ToolMissingError as missing:
        pytest.skip(str(missing))
    folder = tmp_path_factory.mktemp("dist")
    dist.build(folder)
    return folder
