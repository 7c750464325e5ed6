"""The generated SDKs, compiled once for all tests."""

from __future__ import annotations

import pytest

import native_sdks
from support.sdks import Compiled


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """A folder with what programs of other languages import; the tools are built and installed on first use."""
    try:
        native_sdks.generator()
        native_sdks.node_modules()
        native_sdks.tool("go")
    except native_sdks.ToolMissingError as missing:
        pytest.skip(str(missing))
    return Compiled(tmp_path_factory.mktemp("sdks"))
