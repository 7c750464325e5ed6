"""The provisioned domain that every running one is a copy of, kept in a cache by Samba version and recipe."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from build_once import built_once, cache_root
from support import certificates, samba_accounts
from support.samba_accounts import CONTROLLER, HOSTS, PASSWORDS, REALM

SHIM_SOURCE = Path(__file__).resolve().parents[2] / "tools" / "shim" / "unparse_blank_spn.c"
SHIM_LIBRARY = "unparse_blank_spn.so"
SMB_CONF = "etc/smb.conf"

# What stands in the template's configuration where a copy puts its own folder and address.
FOLDER = "@FOLDER@"
ADDRESS = "127.0.0.10"
NETBIOS = "LAB"

# active-directory.md 121 and 123: no real extended attributes, and no more services than the tests ask.
OPTIONS = {
    "interfaces": f"{ADDRESS}/8",
    "bind interfaces only": "yes",
    "vfs objects": "acl_xattr xattr_tdb",
    "server services": "ldap, cldap, kdc, rpc, drepl, kcc",
    "log level": "1 auth_audit:2 kerberos:3",
    "tls cafile": "tls/ca.pem",
    "tls certfile": "tls/cert.pem",
    "tls keyfile": "tls/key.pem",
}


# Provisioning gives the file share of policies its access list, which needs to change owners: refused in a user
# namespace, and no test looks at that share (active-directory.md 134).
WITHOUT_POLICY_SHARE = """
import runpy, sys
import samba.provision
samba.provision.setsysvolacl = lambda *_, **__: None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


class SambaError(Exception):
    """A Samba program did not do what it was asked; its own words are in the message."""


def template() -> Path:
    """The folder of the provisioned domain, made first if this recipe's is not there yet."""
    version = run(["samba", "--version"]).split()[-1]
    recipe = hashlib.sha256()
    for part in (__file__, samba_accounts.__file__, certificates.__file__, SHIM_SOURCE):
        recipe.update(Path(part).read_bytes())
    return built_once(cache_root() / f"samba-{version}-{recipe.hexdigest()[:12]}", _provision)


def search_path() -> str:
    """Where Samba's programs are found, the administrator's folders included."""
    return os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


def run(command: Sequence[str], *, feed: str = "") -> str:
    """What a program printed; SambaError with its own words if it failed."""
    done = subprocess.run(
        command, input=feed, capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "PATH": search_path(), "LC_ALL": "C"},
    )  # fmt: skip
    if done.returncode:
        raise SambaError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def _provision(folder: Path) -> None:
    # Without a folder of its own for this, a second controller on one machine refuses to start.
    (folder / "run").mkdir()
    samba_tool = Path(shutil.which("samba-tool", path=search_path()) or "samba-tool")
    interpreter = samba_tool.read_text().partition("\n")[0].removeprefix("#!").strip()
    run([
        *interpreter.split(), "-c", WITHOUT_POLICY_SHARE, str(samba_tool),
        "domain", "provision", "--configfile=/dev/null", f"--targetdir={folder}",
        f"--realm={REALM}", f"--domain={NETBIOS}", "--host-name=dc1", f"--host-ip={ADDRESS}",
        "--server-role=dc", "--dns-backend=SAMBA_INTERNAL", f"--adminpass={PASSWORDS['Administrator']}",
        *(f"--option={name}={value}" for name, value in OPTIONS.items()),
        f"--option=pid directory={folder / 'run'}",
        f"--option=ncalrpc dir={folder / 'run' / 'ncalrpc'}",
    ])  # fmt: skip
    certificates.issue(folder / "private" / "tls", CONTROLLER)
    database = str(folder / "private" / "sam.ldb")
    run(["ldbadd", "-H", database], feed=samba_accounts.accounts_ldif())
    run(["ldbmodify", "-H", database], feed=samba_accounts.changes_ldif())
    run(["gcc", "-shared", "-fPIC", "-O2", "-o", str(folder / SHIM_LIBRARY), str(SHIM_SOURCE), "-ldl"])
    configuration = folder / SMB_CONF
    keytabs = folder / "keytabs"
    keytabs.mkdir()
    for host in HOSTS:
        run([
            "samba-tool", "domain", "exportkeytab", str(keytabs / host), f"--principal={host}$",
            f"--configfile={configuration}",
        ])  # fmt: skip
    configuration.write_text(configuration.read_text().replace(str(folder), FOLDER))
