"""^C while a target takes connections and never answers: every operation ends within two seconds, sockets included."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

from hyperv_migration.lab.lab import Lab
from support.dynamic_host import RefusedError
from support.plugin_host import PluginHost

WITHIN = 2.0
HOST = {"computerName": "hv01.lab.test", "enabled": True}
DELEGATION = {"source": "hv01.lab.test", "destinations": ["hv02.lab.test"]}


class Silent:
    """Takes connections and says nothing; deaf, it does not even take one."""

    def __init__(self, *, deaf: bool) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=0 if deaf else 128)
        self.port = self.socket.getsockname()[1]
        self._filling: list[socket.socket] = []
        for _ in range(4 if deaf else 0):
            # The queue is full, so that the next one waits for an answer to its first packet.
            self._filling.append(socket.socket())
            self._filling[-1].setblocking(False)
            self._filling[-1].connect_ex(("127.0.0.1", self.port))

    def close(self) -> None:
        """Let everything go."""
        for each in [*self._filling, self.socket]:
            each.close()


@pytest.fixture
def silent() -> Iterator[Callable[..., Silent]]:
    """Starts them."""
    with ExitStack() as stack:

        def start(*, deaf: bool = False) -> Silent:
            made = Silent(deaf=deaf)
            stack.callback(made.close)
            return made

        yield start


def seconds_after_cancel(
    plugin: PluginHost, kind: str, inputs: dict[str, Any], many: int = 1
) -> tuple[float, list[str]]:
    """How long operations go on after a cancel, and what each says."""

    def refusal(number: int) -> str:
        with pytest.raises(RefusedError) as refused:
            plugin.create(kind, inputs, name=f"n{number}")
        return str(refused.value)

    with ThreadPoolExecutor(max_workers=many) as engine:
        running = [engine.submit(refusal, number) for number in range(many)]
        time.sleep(2.0)
        assert not any(each.done() for each in running)
        began = time.monotonic()
        plugin.cancel()
        said = [each.result() for each in running]
        return time.monotonic() - began, said


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("deaf", [False, True], ids=["silent", "deaf"])
def test_a_host_that_never_answers_ends_at_once(
    plugin: PluginHost, silent: Callable[..., Silent], scheme: str, deaf: bool
) -> None:
    """In the sign-in, in the TLS handshake, and before anybody has taken the connection."""
    target = silent(deaf=deaf)
    plugin.configure(
        {"username": "LAB\\operator", "addresses": {"hv01.lab.test": f"{scheme}://127.0.0.1:{target.port}"}}
    )
    took, said = seconds_after_cancel(plugin, "MigrationHost", HOST, many=8)
    assert took < WITHIN
    assert {each.partition(" before")[0].partition(" while")[0] for each in said} == {"Stopped"}
    assert not [each for each in said if "first write" in each]


@pytest.mark.parametrize("transport", ["sealed", "starttls", "ldaps"])
@pytest.mark.parametrize("deaf", [False, True], ids=["silent", "deaf"])
def test_a_domain_controller_that_never_answers_ends_at_once(
    plugin: PluginHost, silent: Callable[..., Silent], transport: str, deaf: bool
) -> None:
    """Likewise in the directory."""
    target = silent(deaf=deaf)
    scheme = "ldaps" if transport == "ldaps" else "ldap"
    plugin.configure(
        {
            "username": "LAB\\operator",
            "directory": {"domain": "lab.test", "domainControllers": ["dc1.lab.test"], "transport": transport},
            "addresses": {"dc1.lab.test": f"{scheme}://127.0.0.1:{target.port}"},
        }
    )
    took, said = seconds_after_cancel(plugin, "KerberosDelegation", DELEGATION)
    assert took < WITHIN
    assert said[0].startswith("Stopped ")


def test_what_a_host_that_is_well_still_says_is_heard(plugin: PluginHost, lab: Lab) -> None:
    """A write that is on its way when the user has had enough is answered, and its state is kept."""
    plugin.configure(lab.configuration())
    lab.hosts["HV02"].inject("delay", seconds=0.3, times=100)
    with ThreadPoolExecutor(max_workers=1) as engine:
        running = engine.submit(plugin.create, "MigrationHost", {**HOST, "computerName": "hv02.lab.test"})
        time.sleep(0.2)
        plugin.cancel()
        with pytest.raises(RefusedError) as refused:
            running.result()
    assert "Stopped" in str(refused.value)


@pytest.mark.parametrize("mistake", [False, True])
def test_the_next_run_of_an_attached_plugin_waits_again(
    attached: PluginHost, lab: Lab, silent: Callable[..., Silent], mistake: bool
) -> None:
    """What ended with one run does not end the next one."""
    configuration = {"username": "LAB\\operator", "addresses": {"hv01.lab.test": f"127.0.0.1:{silent().port}"}}
    attached.configure(configuration)
    if mistake:
        seconds_after_cancel(attached, "MigrationHost", HOST)
    attached.cancel()
    attached.configure(lab.configuration())
    time.sleep(1.5)
    assert attached.create("MigrationHost", {**HOST, "computerName": "hv02.lab.test"})[0] == "hv02.lab.test"
