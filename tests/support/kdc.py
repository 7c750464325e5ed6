"""The judgement of a real KDC: does it let one account act for a user towards a service?

Asked with MIT's own `kinit` and `kvno`, unmodified, with a fresh ticket cache each time, since a cached ticket keeps
yesterday's answer (active-directory.md 38). The same two exchanges that a Hyper-V host makes before a migration:
S4U2Self, then S4U2Proxy.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# KRB5KDC_ERR_BADOPTION, the answer to a delegation that is not allowed (MS-SFU 3.2.5.2.1), as MIT numbers it.
BAD_OPTION = -1765328371


class KdcError(Exception):
    """The KDC gave no judgement: it was not reached, or a name in the question is unknown to it."""


@dataclass(frozen=True)
class Kdc:
    """One controller's KDC.

    Attributes:
        realm: the realm, upper case.
        krb5_conf: a Kerberos configuration that names this KDC alone.
        keytabs: a folder with a keytab for each host that asks, by its short name.
    """

    realm: str
    krb5_conf: Path
    keytabs: Path

    def s4u2proxy(self, source: str, target_spn: str, user: str = "alice") -> bool:
        """Whether the host gets a ticket to the service in the user's name, with protocol transition.

        Args:
            source: the short name of the host that asks, such as `HV01`.
            target_spn: the service, such as `cifs/hv02.lab.test`; blanks need no escape.
            user: the account to act for.

        Raises:
            KdcError: the KDC judged nothing, so this is neither a yes nor a no.
        """
        with tempfile.TemporaryDirectory() as folder:
            environment = {
                **os.environ,
                "LC_ALL": "C",
                "KRB5_CONFIG": str(self.krb5_conf),
                "KRB5CCNAME": f"FILE:{folder}/tickets",
                "KRB5_TRACE": f"{folder}/trace",
            }
            signed_in = _ask(["kinit", "-k", "-t", str(self.keytabs / source), f"{source}$@{self.realm}"], environment)
            if signed_in.returncode:
                raise KdcError(f"{source} could not sign in: {signed_in.stderr.strip()}")
            trace = Path(folder) / "trace"
            trace.write_text("")
            asked = _ask(["kvno", "-U", user, "-P", target_spn], environment)
            answers = re.findall(r"Got cred; (-?\d+)/", trace.read_text(errors="replace"))
        if asked.returncode and answers[-1:] != [str(BAD_OPTION)]:
            raise KdcError(f"no judgement on {target_spn} for {source}: {asked.stderr.strip()}")
        return asked.returncode == 0


def _ask(command: Sequence[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
