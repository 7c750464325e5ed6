"""A language host: what the engine starts for a program in TypeScript, Go or Python, and what then starts the program.

    python language_host.py nodejs|go|python ENGINE_ADDRESS

The official hosts cannot be had as modules (pulumi-protocol.md §1). This one does what they do and nothing for the
program: it hands over the addresses, the project and the configuration, by arguments to the SDK's own `cmd/run` for
Node.js, and by the environment that `pulumi.Run` reads for Go. A Go program is the binary that GO_PROGRAM names; a
Python program is started by start_python.py beside this. A plugin that is a folder with `__main__.py` runs by this
interpreter; nothing is installed for it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

VERSION = "0.0.1"
START_PYTHON = Path(__file__).with_name("start_python.py")
# The program has already told the user what is wrong (cmd/run of the Node.js SDK).
TOLD = 32


class Host(language_pb2_grpc.LanguageRuntimeServicer):
    """Runs programs of one language."""

    def __init__(self, language: str, engine: str) -> None:
        """Take the engine's address as it was given at the start."""
        self.language, self.engine = language, engine

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:
        """Any version will do."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetRequiredPackages(self, _request: Any, _context: Any) -> Any:
        """Nothing is fetched: the plugin is there already."""
        return language_pb2.GetRequiredPackagesResponse()

    def GetRequiredPlugins(self, _request: Any, _context: Any) -> Any:
        """Likewise, for older engines."""
        return language_pb2.GetRequiredPluginsResponse()

    def Cancel(self, _request: Any, _context: Any) -> Any:
        """There is nothing to wait for."""
        return empty_pb2.Empty()

    def Run(self, request: Any, _context: Any) -> Any:
        """Run the program to its end; its output is the user's."""
        folder = request.info.program_directory or request.pwd
        environment = {
            **os.environ,
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        if self.language == "nodejs":
            command = self._node(request, folder)
            # Types are checked by a test of their own.
            environment |= {"PULUMI_NODEJS_TYPESCRIPT": "true", "PULUMI_NODEJS_TRANSPILE_ONLY": "true"}
        else:
            python = [sys.executable, str(START_PYTHON), folder]
            command = python if self.language == "python" else [os.environ["GO_PROGRAM"]]
            environment |= self._addresses(request)
        code = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, check=False).returncode
        error = f"the program ended with exit status {code}" if code not in {0, TOLD} else ""
        return language_pb2.RunResponse(error=error, bail=code == TOLD)

    def InstallDependencies(self, _request: Any, _context: Any) -> Iterator[Any]:
        """Whatever a program or a plugin needs is there already."""
        yield language_pb2.InstallDependenciesResponse(stdout=b"Nothing to install.\n")

    def RunPlugin(self, request: Any, context: Any) -> Iterator[Any]:
        """Run the folder of a plugin until it ends, or until the engine turns away from it."""
        command = [sys.executable, request.info.program_directory, *request.args]
        plugin = subprocess.Popen(
            command, cwd=request.pwd, env=dict(line.split("=", 1) for line in request.env),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        )  # fmt: skip
        context.add_callback(plugin.kill)
        assert plugin.stdout is not None
        for line in plugin.stdout:
            yield language_pb2.RunPluginResponse(stdout=line)
        yield language_pb2.RunPluginResponse(exitcode=plugin.wait())

    def _node(self, request: Any, folder: str) -> list[str]:
        return [
            "node", f"{folder}/node_modules/@pulumi/pulumi/cmd/run",
            "--monitor", request.monitor_address, "--engine", self.engine,
            "--organization", request.organization, "--project", request.project, "--stack", request.stack,
            "--root-directory", request.info.root_directory, "--pwd", folder, "--parallel", str(request.parallel),
            *(["--dry-run"] if request.dryRun else []), ".",
        ]  # fmt: skip

    def _addresses(self, request: Any) -> dict[str, str]:
        return {
            "PULUMI_MONITOR": request.monitor_address,
            "PULUMI_ENGINE": self.engine,
            "PULUMI_ORGANIZATION": request.organization,
            "PULUMI_PROJECT": request.project,
            "PULUMI_STACK": request.stack,
            "PULUMI_ROOT_DIRECTORY": request.info.root_directory,
            "PULUMI_DRY_RUN": str(request.dryRun).lower(),
            "PULUMI_PARALLEL": str(request.parallel),
        }


def main(language: str, engine: str) -> None:
    """Serve until the engine ends this process."""
    engine_process = os.getppid()
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Host(language, engine), server)
    port = server.add_insecure_port("127.0.0.1:0")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    # An engine that was killed says nothing; its host must not outlive it.
    while os.getppid() == engine_process:
        time.sleep(0.5)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[-1])
