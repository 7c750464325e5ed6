"""Whether Kerberos can be used without a password: a ticket cache or a client keytab is at hand."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path


def ticket_at_hand() -> bool:
    """Tell whether the Kerberos library is installed and a ticket cache or client keytab exists."""
    if importlib.util.find_spec("kerberos") is None and importlib.util.find_spec("winkerberos") is None:
        return False
    if os.environ.get("KRB5_CLIENT_KTNAME"):
        return True
    cache = os.environ.get("KRB5CCNAME")
    if cache:
        kind, _, location = cache.rpartition(":")
        return kind not in {"", "FILE"} or Path(location).exists()
    getuid = getattr(os, "getuid", None)
    return getuid is not None and Path(f"/tmp/krb5cc_{getuid()}").exists()  # noqa: S108 - the libraries' default
