"""The accounts that NTLM sign-ins of the lab are checked against, shared by its hosts and its directory.

pyspnego's acceptor finds accounts only through the file named by the environment variable ``NTLM_USER_FILE``, and an
environment belongs to the whole process. So every part of the lab registers its accounts here, in the one
`NTLM_ACCOUNTS` of the process: the file holds what all of them registered, and the variable is put back as it was
when the last of them has left.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path

from spnego import NTLMHash

# The hash is asked from pyspnego itself, because OpenSSL 3 no longer offers MD4 (active-directory.md, 98).
from spnego._ntlm_raw.crypto import ntowfv1

from hyperv_migration.lab.scenario import Account, Scenario

VARIABLE = "NTLM_USER_FILE"
NTLM_ONLY = NTLMHash(username="nobody", nt_hash="0" * 32)
"""Given to pyspnego's acceptor, which has no use for it, so that it looks for no keys of this machine beside."""
_NO_LM_HASH = "0" * 32


class NtlmAccounts:
    """The merged account file of a process; use the shared `NTLM_ACCOUNTS`, not an instance of your own.

    Each `register` returns a number to hand to `unregister` when the server stops. The file has mode 0600 and holds
    NT hashes, not passwords. Two servers may register the same account; the same name with another password is
    refused, because the two could not be told apart.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._registered: dict[int, dict[str, str]] = {}
        self._next = 1
        self._file: Path | None = None
        self._found: str | None = None

    def register(self, domain: str, accounts: Iterable[Account], *, netbios: str) -> int:
        r"""Let the accounts that have a password sign in as ``NETBIOS\name``, ``domain\\name``, ``name@domain`` and ``name``.

        Raises:
            ValueError: One of the names is registered with another password.
        """
        entries = {
            form.upper(): ntowfv1(account.password).hex().upper()
            for account in accounts
            if account.password
            for form in _forms(account.name, domain, netbios)
        }
        with self._lock:
            for others in self._registered.values():
                for form in entries.keys() & others.keys():
                    if entries[form] != others[form]:
                        raise ValueError(f"the account {form} is registered with another password in this process")
            registration, self._next = self._next, self._next + 1
            self._registered[registration] = entries
            self._write()
        return registration

    def register_scenario(self, scenario: Scenario) -> int:
        """Let every account of a scenario sign in; otherwise as `register`."""
        return self.register(scenario.domain, scenario.accounts, netbios=scenario.netbios)

    def unregister(self, registration: int) -> None:
        """Forget what one `register` added; the last one to leave removes the file and restores the variable."""
        with self._lock:
            if self._registered.pop(registration, None) is None:
                return
            if self._registered:
                self._write()
            else:
                self._remove()

    def _write(self) -> None:
        """Replace the file in one step, so that a sign-in going on reads either the old one or the new one."""
        merged = {form: digest for entries in self._registered.values() for form, digest in entries.items()}
        descriptor, name = tempfile.mkstemp(prefix="hyperv-migration-lab-", suffix=".ntlm")  # mkstemp makes mode 0600
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(f"{form}:0:{_NO_LM_HASH}:{digest}:[U]:LCT-00000000\n" for form, digest in merged.items())
        if self._file is None:
            self._found = os.environ.get(VARIABLE)
            self._file = Path(name)
            os.environ[VARIABLE] = name
        else:
            Path(name).replace(self._file)

    def _remove(self) -> None:
        if self._file is not None:
            self._file.unlink(missing_ok=True)
            self._file = None
        if self._found is None:
            os.environ.pop(VARIABLE, None)
        else:
            os.environ[VARIABLE] = self._found


def _forms(name: str, domain: str, netbios: str) -> tuple[str, ...]:
    """Give the ways a client may write the account; pyspnego compares them regardless of case, as Windows does."""
    return (f"{netbios}\\{name}", f"{domain}\\{name}", f"{name}@{domain}", name)


NTLM_ACCOUNTS = NtlmAccounts()
