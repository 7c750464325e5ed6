"""A machine without the libraries of the package extras: what is missing is named, for hosts and for the directory."""

from __future__ import annotations

import json
import subprocess
import sys

from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Directory, Host
from support.hosts import scenario

# None stands for a module that is not there, to whoever imports or looks for it (importlib.util.find_spec).
SCRIPT = """
import json, sys
for name in ("kerberos", "winkerberos", "gssapi", "krb5", "sspilib", "requests_credssp"):
    sys.modules[name] = None
from hyperv_migration.model.configuration import read_configuration
from hyperv_migration.model.errors import MissingConfiguration
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.wiring import WiredTargets
given = json.loads(sys.argv[1])
def ask(what):
    try:
        what()
    except MissingConfiguration as error:
        print(error)
def targets(**more):
    return WiredTargets(read_configuration({**given, **more}), environment={})
def host(**more):
    ask(lambda: targets(**more).host("hv01.lab.test", None, Deadline(20)).facts())
host(winrm={"transport": "kerberos"})
host(winrm={"transport": "credssp"}, username="LAB\\\\operator", password="Planted-Operator-1")
host(winrm={})
ask(lambda: targets().directory("hv01.lab.test", None).find_computers(["HV01"]))
"""


def test_extra_that_is_not_installed_is_named() -> None:
    """Before anything is sent; without a password and without Kerberos nobody can sign in."""
    with Lab(scenario(Host(name="HV01"), directory=Directory())) as lab:
        given = {name: value for name, value in lab.configuration().items() if name in {"addresses", "directory"}}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, json.dumps(given)], capture_output=True, text=True, check=False, timeout=120
        )
        heard = lab.hosts["HV01"].journal.counts()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        (
            "hv01.lab.test cannot be signed in to with kerberos, because the package extra for it is not installed; install it "
            "from the provider's checkout: `pip install '/path/to/this/checkout[kerberos]'`."
        ),
        (
            "hv01.lab.test cannot be signed in to with credssp, because the package extra for it is not installed; install it "
            "from the provider's checkout: `pip install '/path/to/this/checkout[credssp]'`."
        ),
        (
            "hv01.lab.test needs a username to sign in with ntlm, and none is configured; run `pulumi config set "
            "hyperv-migration:username` or set HYPERV_MIGRATION_USERNAME, or get a ticket with kinit and install [kerberos]."
        ),
        (
            "No password is configured for the domain controller dc1.lab.test, and the package extra for Kerberos is not "
            "installed; install it from the provider's checkout: `pip install '/path/to/this/checkout[kerberos]'`; or, "
            "for the password, run `pulumi config set --secret hyperv-migration:password` or set HYPERV_MIGRATION_PASSWORD."
        ),
    ]
    assert heard == {"messages": 0, "jobPolls": 0}
