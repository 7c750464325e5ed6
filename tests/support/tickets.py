"""Keytabs and ticket caches of the test domain, made with Samba's and MIT's own programs, and no password."""

from __future__ import annotations

import os
import struct
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from support.samba import Domain
from support.samba_template import SMB_CONF, run

# A FILE cache of version 4 begins with 0x0504, the length of its header and the tag and length of DeltaTime.
_HEADER = bytes.fromhex("0504000c00010008")


@dataclass(frozen=True)
class Tickets:
    """What somebody who signs in to the domain has in a folder.

    Attributes:
        domain: the running domain.
        folder: an empty folder.
    """

    domain: Domain
    folder: Path

    def keytab(self, account: str) -> Path:
        """The keys of an account, as an administrator exports them once."""
        file = self.folder / f"{account}.keytab"
        if not file.exists():
            run([
                "samba-tool", "domain", "exportkeytab", str(file), f"--principal={account}",
                f"--configfile={self.domain.controller.folder / SMB_CONF}",
            ])  # fmt: skip
        return file

    def cache(self, account: str = "operator", *, lifetime: str = "8h") -> Path:
        """A cache with a fresh ticket, got with the keytab."""
        file = self.folder / f"{account}.ccache"
        environment = {**os.environ, **self.environment(cache=file)}
        command = ["kinit", "-l", lifetime, "-k", "-t", str(self.keytab(account)), f"{account}@{self.domain.realm}"]
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)
        return file

    def expired_cache(self) -> Path:
        """A cache whose ticket has expired."""
        file = self.cache(lifetime="1s")
        environment = {**os.environ, **self.environment(cache=file)}
        deadline = time.monotonic() + 30
        while not subprocess.run(["klist", "-s"], env=environment, check=False).returncode:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        return file

    def ending_cache(self, seconds: int, *services: str) -> Path:
        """A cache with tickets for services that end soon, as far as their user can tell.

        Samba's KDC gives no service ticket that would end within five minutes; the end in the cache is rewritten.
        """
        file = self.cache()
        environment = {**os.environ, **self.environment(cache=file), "LC_ALL": "C", "TZ": "UTC"}
        subprocess.run(["kvno", *services], env=environment, check=True, capture_output=True, timeout=60)
        import krb5  # noqa: PLC0415 - of the extra [kerberos]

        octets = file.read_bytes()
        for ticket in krb5.cc_resolve(krb5.init_context(), f"FILE:{file}".encode()):
            if ticket.times.endtime:  # what the library notes for itself never ends
                end = struct.pack(">I", int(time.time()) + seconds)
                octets = octets.replace(struct.pack(">I", ticket.times.endtime), end)
        file.write_bytes(octets)
        return file

    def skewed_cache(self, seconds: int) -> Path:
        """A cache that makes its user's clock wrong by so much: MIT keeps the distance to the KDC's clock in it."""
        file = self.cache()
        octets = file.read_bytes()
        assert octets.startswith(_HEADER)
        at = len(_HEADER)
        file.write_bytes(octets[:at] + seconds.to_bytes(4, "big", signed=True) + octets[at + 4 :])
        return file

    def environment(self, *, cache: Path | None = None, keytab: Path | None = None) -> dict[str, str]:
        """The variables of a process that signs in; without a cache of its own, one that does not exist yet."""
        named = {
            "KRB5_CONFIG": str(self.domain.controller.krb5_conf),
            "KRB5CCNAME": f"FILE:{cache or self.folder / 'nobody.ccache'}",
        }
        return named | ({"KRB5_CLIENT_KTNAME": str(keytab)} if keytab else {})
