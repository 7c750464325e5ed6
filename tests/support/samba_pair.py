"""Two real domain controllers of one domain that replicate: joined once into a cache, copied and started for a module.

Replication is Samba's own, sped up and held back by its own switches (active-directory.md 127 to 131).
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from build_once import built_once, cache_root
from support import samba, samba_accounts, samba_template
from support.samba import Controller, Domain
from support.samba_accounts import BASE_DN, CONTROLLER, DNS_NAME, PASSWORDS
from support.samba_template import FOLDER, SMB_CONF, SambaError, run

SECOND = "dc2.lab.test"
FIRST_ADDRESS, SECOND_ADDRESS = "127.0.0.10", "127.0.0.11"
DEADLINE = 30.0

# A change is announced and a missed one is fetched within a second, instead of 15 seconds and 5 minutes.
REPLICATION = {"notify_interval": 1, "periodic_startup_interval": 1, "periodic_interval": 1}
REPLICATING = ("-M", "standard", *(f"--option=dreplsrv:{name}={value}" for name, value in REPLICATION.items()))

# What each controller finds in /etc besides the two of them: nobody, at once.
RESOLV_CONF = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"

# The service that domain controllers know each other by (MS-DRSR 2.2.3.2), `DRS_SERVICE/<objectGUID>/<domain>`.
DRS_SERVICE = "E3514235-4B06-11D1-AB04-00C04FC2DCD2"

# `options` of an NTDS Settings object (MS-ADTS 6.1.1.2.2.1.2.1.1): global catalogue, and with it no inbound replication.
GLOBAL_CATALOGUE = 0x1
DISABLE_INBOUND = 0x2


@dataclass
class Pair:
    """The domain LAB.TEST as each of its two controllers has it; the first one holds every operations master role.

    Attributes:
        first: what dc1.lab.test knows, changed and asked past LDAP.
        second: what dc2.lab.test knows.
    """

    first: Domain
    second: Domain
    _marks: Iterator[int] = field(default_factory=itertools.count, repr=False)
    _settings: dict[str, str] = field(default_factory=dict, repr=False)

    def pause(self, receiver: Domain) -> None:
        """Let nothing come in at one controller, as `repadmin /options +DISABLE_INBOUND_REPL` does; certain on return."""
        self._receive(receiver, GLOBAL_CATALOGUE | DISABLE_INBOUND)
        # What was under way when the switch was thrown still arrives.
        while self._passes(receiver, within=1.2):
            pass

    def resume(self, receiver: Domain) -> None:
        """Let everything come in again; what was missed follows within a second or two."""
        self._receive(receiver, GLOBAL_CATALOGUE)

    def converge(self) -> None:
        """Return when each of them has what the other wrote before this call."""
        for receiver in (self.first, self.second):
            if not self._passes(receiver, within=DEADLINE):
                raise SambaError(f"nothing replicates to {receiver.address}:\n{receiver.controller.log()[-4000:]}")

    def clear_delegation(self) -> None:
        """Bring both to an HV01 and HV02 without delegation, with replication running."""
        for domain in (self.first, self.second):
            domain.controller.resume()
            self.resume(domain)
        self.converge()
        for host in samba_accounts.HOSTS:
            self.first.clear_delegation(host)
        self.converge()

    def _receive(self, receiver: Domain, options: int) -> None:
        name = "DC1" if receiver is self.first else "DC2"
        # By its identity, asked for while it was at its place: a test may have moved it to another site since.
        if name not in self._settings:
            self._settings[name] = f"<GUID={_guid(receiver, name)}>"
        receiver.modify(f"dn: {self._settings[name]}\nchangetype: modify\nreplace: options\noptions: {options}\n-\n")

    def _passes(self, receiver: Domain, *, within: float) -> bool:
        """Whether a mark set on the other controller arrives in time; everything before it has arrived then, too."""
        # An object for each direction: of two writes to one attribute the later one would win.
        sender, name = (self.first, "Computers") if receiver is self.second else (self.second, "Users")
        mark, marked = f"mark {next(self._marks)}", f"CN={name},{BASE_DN}"
        sender.modify(f"dn: {marked}\nchangetype: modify\nreplace: description\ndescription: {mark}\n-\n")
        deadline = time.monotonic() + within
        while receiver.attributes(marked).get("description") != [mark]:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True


@contextlib.contextmanager
def running_pair(folder: Path) -> Iterator[Pair]:
    """A pristine domain of two controllers in an empty folder, started; stopped at the end."""
    source = template()
    with samba.own_address() as address:
        first, second = _controllers(folder, address)
        samba.copy(source / "dc1", first, FIRST_ADDRESS)
        samba.copy(source / "dc2", second, SECOND_ADDRESS)
        known = (source / "names" / "hosts").read_text()
        _write_names(first, known.replace(SECOND_ADDRESS, second.address).replace(FIRST_ADDRESS, first.address))
        try:
            first.start()
            second.start()
            yield Pair(Domain([first]), Domain([second]))
        finally:
            second.stop()
            first.stop()


def template() -> Path:
    """The folder of the two joined controllers, made first if this recipe's is not there yet."""
    single = samba_template.template()
    recipe = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    return built_once(cache_root() / f"{single.name}-pair-{recipe}", _join)


def _controllers(folder: Path, address: str) -> tuple[Controller, Controller]:
    """Both of them, on the even address and the odd one above it."""
    network, _, number = address.rpartition(".")
    addresses = (address, f"{network}.{int(number) + 1}")
    first, second = (
        Controller(folder / name, place, options=REPLICATING, names=folder / "names")
        for name, place in zip(("dc1", "dc2"), addresses, strict=True)
    )
    return first, second


def _join(folder: Path) -> None:
    """Give a copy of the single domain a second controller and wait until each replicates from the other."""
    # Samba's own sockets stand in its folder, and a path to a socket may have 108 characters only.
    with samba.own_address() as address, tempfile.TemporaryDirectory() as work:
        first, second = _controllers(Path(work), address)
        samba.copy(samba_template.template(), first, samba_template.ADDRESS)
        own = Domain([first])
        _add_services(own, "DC1", [_drs_name(own, "DC1"), f"GC/{CONTROLLER}/{DNS_NAME}"])
        hosts = f"127.0.0.1 localhost\n{first.address} {CONTROLLER} {DNS_NAME} {_alias(own, 'DC1')}\n"
        hosts += f"{second.address} {SECOND}\n"
        _write_names(first, hosts)
        first.start()
        try:
            _join_second(first, second)
            _write_names(first, hosts.replace(SECOND, f"{SECOND} {_alias(own, 'DC2')}"))
            _add_services(own, "DC2", [f"ldap/{SECOND}", f"cifs/{SECOND}"])
            second.start()
            for name in (CONTROLLER, SECOND):
                _tool(first, "drs", "kcc", name)
            Pair(own, Domain([second])).converge()
        finally:
            second.stop()
            first.stop()
        _take_places_out(Path(work), (first, second))
        shutil.copytree(work, folder, dirs_exist_ok=True, ignore=_sockets)


def _join_second(first: Controller, second: Controller) -> None:
    options = {
        **samba_template.OPTIONS,
        "interfaces": f"{second.address}/8",
        "netbios name": "DC2",
        "pid directory": str(second.folder / "run"),
        "ncalrpc dir": str(second.folder / "run" / "ncalrpc"),
    }
    # Its certificate is Samba's own; nothing asks the second one over TLS.
    options = {name: value for name, value in options.items() if not name.startswith("tls ")}
    (second.folder / "run").mkdir(parents=True)
    _tool(
        first, "domain", "join", DNS_NAME, "DC", f"--targetdir={second.folder}", f"--server={CONTROLLER}",
        "--no-dns-updates", *(f"--option={name}={value}" for name, value in options.items()), configuration="/dev/null",
    )  # fmt: skip
    shutil.copytree(first.folder / "keytabs", second.folder / "keytabs")
    shutil.copy(first.folder / samba_template.SHIM_LIBRARY, second.folder)
    samba.write_krb5_conf(second)


def _take_places_out(folder: Path, controllers: tuple[Controller, Controller]) -> None:
    """Leave in the template what a copy replaces by its own folder and addresses."""
    places = (FIRST_ADDRESS, SECOND_ADDRESS)
    files = [each.folder / SMB_CONF for each in controllers] + [folder / "names" / "hosts"]
    for file in files:
        text = file.read_text()
        for controller, place in zip(controllers, places, strict=True):
            text = text.replace(str(controller.folder), FOLDER)
            text = text.replace(f"{controller.address}/8", f"{place}/8").replace(f"{controller.address} ", f"{place} ")
        file.write_text(text)


def _sockets(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if (Path(folder) / name).is_socket()]


def _tool(controller: Controller, *arguments: str, configuration: str | None = None) -> str:
    """What samba-tool printed when it was run beside a controller, as Administrator."""
    command = [
        "env", f"KRB5_CONFIG={controller.krb5_conf}", "samba-tool", *arguments,
        f"--configfile={configuration or controller.folder / SMB_CONF}",
        "-U", f"{samba_template.NETBIOS}\\Administrator%{PASSWORDS['Administrator']}",
    ]  # fmt: skip
    return run(command if controller.names is None else samba.with_names(controller.names, command))


def _write_names(controller: Controller, hosts: str) -> None:
    folder = controller.folder.parent / "names"
    folder.mkdir(exist_ok=True)
    # In place: a file that is mounted already must stay the same one.
    (folder / "hosts").write_text(hosts)
    (folder / "resolv.conf").write_text(RESOLV_CONF)


def _add_services(domain: Domain, name: str, services: list[str]) -> None:
    rows = "".join(f"servicePrincipalName: {service}\n" for service in services)
    account = f"CN={name},OU=Domain Controllers,{BASE_DN}"
    domain.modify(f"dn: {account}\nchangetype: modify\nadd: servicePrincipalName\n{rows}-\n")


def _settings_dn(name: str) -> str:
    return f"CN=NTDS Settings,CN={name},CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration,{BASE_DN}"


def _guid(domain: Domain, name: str) -> str:
    return domain.attributes(_settings_dn(name))["objectGUID"][0]


def _drs_name(domain: Domain, name: str) -> str:
    return f"{DRS_SERVICE}/{_guid(domain, name)}/{DNS_NAME}"


def _alias(domain: Domain, name: str) -> str:
    """The name that its partners look a controller up by."""
    return f"{_guid(domain, name)}._msdcs.{DNS_NAME}"
