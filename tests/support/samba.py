"""A real Samba AD domain: provisioned once into a cache, copied and started for each test module.

A copy starts in about half a second (active-directory.md 131). Its LDAP and Kerberos ports are fixed, so each
running controller has a loopback address to itself, held by a lock so that two test runs never meet.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from build_once import cache_root
from support import samba_template
from support.kdc import Kdc
from support.samba_accounts import BASE_DN, CONTROLLER, DNS_NAME, MEMBER, PASSWORDS, REALM, computer_dn
from support.samba_template import SHIM_LIBRARY, SMB_CONF, SambaError, run, search_path

PROGRAMS = ("samba", "samba-tool", "ldbadd", "ldbmodify", "ldbsearch", "kinit", "kvno", "gcc")
DEADLINE = 30.0
PORTS = (389, 636, 88)

# Even addresses are for first controllers; the odd one above each is kept for its domain's second one.
ADDRESSES = [f"127.0.0.{number}" for number in range(10, 60, 2)]

KRB5_CONF = """\
[libdefaults]
  default_realm = {realm}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  rdns = false
  dns_canonicalize_hostname = false
  udp_preference_limit = 1
  forwardable = true
[realms]
  {realm} = {{
    kdc = {address}
  }}
[domain_realm]
  .{domain} = {realm}
  {domain} = {realm}
"""


def missing() -> str | None:
    """Why no domain can be run here, or None where it can."""
    absent = [name for name in PROGRAMS if shutil.which(name, path=search_path()) is None]
    if absent:
        return f"not installed: {', '.join(absent)} (`make system` installs them on Debian)"
    if os.geteuid() != 0:
        return "neither root nor in a user namespace (tools/as_root.py COMMAND runs one in a namespace)"
    return None


# Samba takes the addresses of its partners from the system's resolver only; each controller sees files of its own there.
OWN_NAMES = """
for name in hosts resolv.conf; do
    [ ! -e "/etc/$name" ] || mount --bind "$0/$name" "/etc/$name" || exit
done
exec "$@"
"""

# One process answers everything for a domain of one controller; with a partner to talk to, that would wait for itself
# (active-directory.md 124).
ALONE = ("-M", "single")


def with_names(folder: Path, command: Sequence[str]) -> list[str]:
    """The command in a mount namespace whose hosts and resolv.conf are those of the folder (active-directory.md 127)."""
    return ["unshare", "--mount", "sh", "-c", OWN_NAMES, str(folder), *command]


@dataclass
class Controller:
    """One domain controller: its folder, its address and, while it runs, its process.

    Attributes:
        folder: where everything of it lives.
        address: its loopback address; the ports are the well-known ones.
        options: the process model and whatever else stands on its command line.
        names: a folder with the `hosts` and `resolv.conf` it sees, where it has a partner to find.
        process: the first of its processes, while it runs.
    """

    folder: Path
    address: str
    options: Sequence[str] = ALONE
    names: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    @property
    def krb5_conf(self) -> Path:
        """The Kerberos configuration that asks this controller and nobody else."""
        return self.folder / "krb5.conf"

    @property
    def database(self) -> Path:
        """The controller's own directory database, which local tools read and write."""
        return self.folder / "private" / "sam.ldb"

    def log(self) -> str:
        """What the controller has said since its first start."""
        return (self.folder / "samba.log").read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        """Start the controller and wait until its directory and its KDC answer."""
        environment = {
            **os.environ,
            "PATH": search_path(),
            "KRB5_CONFIG": str(self.krb5_conf),
            "LD_PRELOAD": str(self.folder / SHIM_LIBRARY),
        }
        command = ["samba", "-F", "--no-process-group", "--debug-stdout", *self.options]
        command.append(f"--configfile={self.folder / SMB_CONF}")
        with (self.folder / "samba.log").open("ab") as log:
            self.process = subprocess.Popen(
                command if self.names is None else with_names(self.names, command),
                env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + DEADLINE
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise SambaError(f"the controller at {self.address} did not start:\n{self.log()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the controller as an administrator would."""
        if self.process is not None:
            self.resume()
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(DEADLINE)
            # Its other processes go when they notice that the first one has gone.
            deadline = time.monotonic() + 2
            while self.answers() and time.monotonic() < deadline:
                time.sleep(0.05)
            self._signal(signal.SIGKILL)
            self.process.wait()
        self.process = None

    def freeze(self) -> None:
        """Stop it from answering while its ports stay open, as a hung machine does."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen controller go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def answers(self) -> bool:
        """Whether something listens on the ports of a directory and a KDC at this address."""
        try:
            for port in PORTS:
                socket.create_connection((self.address, port), timeout=1).close()
        except OSError:
            return False
        return True


@dataclass
class Domain:
    """The running domain LAB.TEST, seen and changed with Samba's own local tools."""

    controllers: list[Controller]

    realm: ClassVar[str] = REALM
    dns_name: ClassVar[str] = DNS_NAME
    base_dn: ClassVar[str] = BASE_DN
    controller_name: ClassVar[str] = CONTROLLER

    @property
    def controller(self) -> Controller:
        """The first controller, which holds every operations master role."""
        return self.controllers[0]

    @property
    def address(self) -> str:
        """Where the first controller listens, on the well-known ports."""
        return self.controller.address

    @property
    def ca_file(self) -> Path:
        """The authority that signed the controllers' certificates."""
        return self.controller.folder / "private" / "tls" / "ca.pem"

    @property
    def kdc(self) -> Kdc:
        """The first controller's KDC, asked by an unmodified Kerberos client."""
        return Kdc(self.realm, self.controller.krb5_conf, self.controller.folder / "keytabs")

    def password(self, user: str) -> str:
        """The password of Administrator, operator, alice, bob or sensitive."""
        return PASSWORDS[user]

    def attributes(self, dn: str) -> dict[str, list[str]]:
        """Every attribute of one object, read from the database without the network; {} if it is not there."""
        text = run(["ldbsearch", "-H", str(self.controller.database), "--cross-ncs", f"(distinguishedName={dn})"])
        return _attributes(text)

    def delegation(self, host: str) -> tuple[set[str], int]:
        """The list of allowed services and the userAccountControl of a computer account."""
        found = self.attributes(computer_dn(host))
        return set(found.get("msDS-AllowedToDelegateTo", [])), int(found["userAccountControl"][0])

    def set_delegation(self, host: str, services: list[str], account_control: int) -> None:
        """Write both attributes of delegation as an administrator with every right would."""
        encoded = (base64.b64encode(service.encode()).decode() for service in services)
        rows = "".join(f"msDS-AllowedToDelegateTo:: {service}\n" for service in encoded)
        self.modify(
            f"dn: {computer_dn(host)}\nchangetype: modify\nreplace: msDS-AllowedToDelegateTo\n{rows}-\n"
            f"replace: userAccountControl\nuserAccountControl: {account_control}\n-\n"
        )

    def clear_delegation(self, host: str) -> None:
        """Take every trace of delegation off a computer account."""
        self.modify(
            f"dn: {computer_dn(host)}\nchangetype: modify\nreplace: msDS-AllowedToDelegateTo\n-\n"
            f"replace: userAccountControl\nuserAccountControl: {MEMBER}\n-\n"
        )

    def allow(self, host: str, services: list[str]) -> None:
        """Add services to a host's list and leave the rest of it, as another administrator would."""
        rows = "".join(f"msDS-AllowedToDelegateTo: {service}\n" for service in services)
        self.modify(f"dn: {computer_dn(host)}\nchangetype: modify\nadd: msDS-AllowedToDelegateTo\n{rows}-\n")

    def modify(self, ldif: str) -> None:
        """Carry out a change record, or several."""
        run(["ldbmodify", "-H", str(self.controller.database)], feed=ldif)

    def add(self, ldif: str) -> None:
        """Add the entries."""
        run(["ldbadd", "-H", str(self.controller.database)], feed=ldif)

    def show_delegation(self, host: str) -> str:
        """What Samba's own administration tool says of a host's delegation."""
        configuration = f"--configfile={self.controller.folder / SMB_CONF}"
        return run(["samba-tool", "delegation", "show", f"{host}$", configuration])


@contextlib.contextmanager
def running_domain(folder: Path) -> Iterator[Domain]:
    """A pristine domain in an empty folder, started; stopped at the end."""
    with own_address() as address:
        controller = Controller(folder / "dc1", address)
        copy(samba_template.template(), controller, samba_template.ADDRESS)
        controller.start()
        try:
            yield Domain([controller])
        finally:
            controller.stop()


@contextlib.contextmanager
def own_address() -> Iterator[str]:
    """An even loopback address, and the odd one above it, which no other test run uses meanwhile."""
    for address in ADDRESSES:
        with (cache_root() / f"loopback-{address}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if Controller(Path(), address).answers():
                continue
            yield address
            return
    raise SambaError("every loopback address for controllers is taken by another test run")


def copy(source: Path, controller: Controller, address: str) -> None:
    """Make the controller's folder from a template's, which has the given address in its configuration."""
    shutil.copytree(source, controller.folder)
    configuration = controller.folder / SMB_CONF
    text = configuration.read_text().replace(samba_template.FOLDER, str(controller.folder))
    configuration.write_text(text.replace(f"{address}/8", f"{controller.address}/8"))
    write_krb5_conf(controller)


def write_krb5_conf(controller: Controller) -> None:
    """Write the Kerberos configuration that asks this controller and nobody else."""
    controller.krb5_conf.write_text(KRB5_CONF.format(realm=REALM, domain=DNS_NAME, address=controller.address))


def _attributes(ldif: str) -> dict[str, list[str]]:
    """The attributes of an LDIF answer's first entry; binary values stay in base64."""
    entry = ldif.replace("\n ", "").partition("\n\n")[0]
    found: dict[str, list[str]] = {}
    for line in entry.splitlines():
        name, separator, value = line.partition(": ")
        if separator and not line.startswith("#") and name != "ref":
            found.setdefault(name.removesuffix(":"), []).append(_text(value) if name.endswith(":") else value)
    return found


def _text(encoded: str) -> str:
    try:
        return base64.b64decode(encoded).decode()
    except UnicodeDecodeError:
        return encoded
