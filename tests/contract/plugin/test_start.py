"""What the plugin loads before anybody asks it for anything: every stack starts it several times."""

from __future__ import annotations

import subprocess
import sys

LATER = {"ldap3", "requests", "winrm", "spnego", "cryptography", "defusedxml", "hyperv_migration.lab"}
"""What reaches hosts and directories, and the lab: at first use (DESIGN §5)."""


def test_nothing_that_reaches_a_network_is_loaded_at_the_start() -> None:
    """A preview needs none of it, and each start of the plugin is paid for by the user."""
    program = "import sys, hyperv_migration.faces.plugin.server; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert LATER & set(done.stdout.split()) == set()
