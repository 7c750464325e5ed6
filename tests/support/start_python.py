"""Start a Python program as the official host's `pulumi-language-python-exec` does, which is no part of the SDK.

    python start_python.py FOLDER

Addresses, project and configuration come from the environment, as tests/support/language_host.py sets it.
"""

from __future__ import annotations

import asyncio
import json
import os
import runpy
import sys

from pulumi import RunError
from pulumi.runtime import config, reset_options, run_in_stack

GIVEN = os.environ
TOLD = 32
"""The exit status of a program that has told the user what is wrong."""


def main(folder: str) -> None:
    """Run the program of a folder in a stack of its own."""
    sys.path.insert(0, folder)
    # Without the list of secret keys no program could tell a secret from a clear value, as a real host lets it.
    config.set_all_config(json.loads(GIVEN["PULUMI_CONFIG"]), json.loads(GIVEN["PULUMI_CONFIG_SECRET_KEYS"]))
    reset_options(
        project=GIVEN["PULUMI_PROJECT"],
        stack=GIVEN["PULUMI_STACK"],
        organization=GIVEN["PULUMI_ORGANIZATION"],
        monitor_address=GIVEN["PULUMI_MONITOR"],
        engine_address=GIVEN["PULUMI_ENGINE"],
        parallel=int(GIVEN["PULUMI_PARALLEL"]),
        preview=GIVEN["PULUMI_DRY_RUN"] == "true",
    )
    try:
        asyncio.run(run_in_stack(lambda: runpy.run_path(folder, run_name="__main__") and None))
    except RunError as error:
        # Its sentence without the traceback, as the official host shows it.
        sys.stderr.write(f"{error}\n")
        sys.exit(TOLD)


if __name__ == "__main__":
    main(sys.argv[1])
