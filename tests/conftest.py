"""What every test may ask for: the engine, a Samba domain, and an environment without the developer's own."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from support import engine as pulumi_engine
from support import samba
from support.fault_table import FaultTable

if TYPE_CHECKING:
    from support.callers import ThroughFace

OURS = ("HYPERV_MIGRATION_", "PULUMI_", "KRB5")
# A property holds or it does not, however busy the machine is.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# Where everything must run, what would be skipped elsewhere fails.
EVERYTHING_MUST_RUN = os.environ.get("CI") == "true" or os.environ.get("REQUIRE_ALL") == "1"
MUST_RUN = ("samba", "engine", "sdks", "kerberos")


def pytest_configure(config: pytest.Config) -> None:
    """Show the table of faults at the end of each run that strikes any; workers report to the process that shows it."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(FaultTable(), "faults")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure for the tests that must run in CI."""
    report = yield
    if report.skipped and EVERYTHING_MUST_RUN and any(item.get_closest_marker(name) for name in MUST_RUN):
        report.outcome = "failed"
        report.longrepr = (
            f"skipped where everything must run: {call.excinfo.value if call.excinfo else report.longrepr}"
        )
    return report


@pytest.fixture(scope="session", autouse=True)
def clean_environment() -> Iterator[None]:
    """Hide the settings of the person who runs the tests."""
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.startswith(OURS)]:
            environment.delenv(name)
        yield


@pytest.fixture(scope="session", autouse=True)
def no_name_servers() -> Iterator[None]:
    """Let no test ask this machine's name servers: a resolver that reads its set-up is an error."""
    if importlib.util.find_spec("dns") is None:
        # An environment older than the dependency has nothing that could ask.
        yield
        return
    from dns.resolver import Resolver  # noqa: PLC0415

    made = Resolver.__init__

    def refuse(self: Resolver, filename: Any = "/etc/resolv.conf", configure: bool = True) -> None:  # noqa: FBT002 - dnspython's signature
        assert not configure, "a test would ask this machine's name servers"
        made(self, filename, configure)

    with pytest.MonkeyPatch.context() as everywhere:
        everywhere.setattr(Resolver, "__init__", refuse)
        yield


@pytest.fixture(autouse=True)
def own_state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep what the provider notes between calls to one test."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def engine() -> Path:
    """The folder of the real engine's programs."""
    try:
        return pulumi_engine.engine_folder()
    except pulumi_engine.EngineMissingError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def samba_domain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[samba.Domain]:
    """A pristine running Samba AD domain for this module."""
    if reason := samba.missing():
        pytest.skip(reason)
    with samba.running_domain(tmp_path_factory.mktemp("domain")) as domain:
        yield domain


@pytest.fixture(scope="module")
def callers() -> Iterator[tuple[ThroughFace, ...]]:
    """Both faces, served in this process."""
    from support.callers import ThroughFace  # noqa: PLC0415 - heavy, and many tests need no face
    from support.served import ServedDynamic, ServedPlugin  # noqa: PLC0415
    from support.watched import Watch  # noqa: PLC0415

    watch = Watch()
    with watch.over_operations(), ServedDynamic() as dynamic, ServedPlugin() as plugin:
        yield ThroughFace(dynamic, watch), ThroughFace(plugin, watch)


@pytest.fixture(params=[0, 1], ids=["dynamic", "plugin"])
def caller(request: pytest.FixtureRequest, callers: tuple[ThroughFace, ...]) -> ThroughFace:
    """Each face in turn."""
    return callers[request.param]
