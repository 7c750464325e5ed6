"""Whether Kerberos can be used without a password: a ticket cache or a client keytab is at hand.

Asked from the library itself, which knows what KRB5CCNAME, KRB5_CLIENT_KTNAME and krb5.conf say: caches of the kinds
FILE, DIR, KEYRING and KCM, and the client keytab, from which it gets a ticket by itself when one is needed. No KDC is asked.
"""

from __future__ import annotations

import importlib.util
import os


def ticket_at_hand() -> bool:
    """Tell whether the Kerberos library is installed and somebody's ticket or client keytab can be used."""
    if _installed("sspilib"):
        return True  # Windows signs in as whoever runs this
    if not _installed("gssapi"):
        return False
    if not _installed("krb5"):
        return any(os.environ.get(name) for name in ("KRB5CCNAME", "KRB5_CLIENT_KTNAME"))
    return _library_finds_one()


def _library_finds_one() -> bool:
    import krb5  # noqa: PLC0415 - of the extra [kerberos]

    try:
        context = krb5.init_context()
    except krb5.Krb5Error:
        return False  # no krb5.conf that can be read
    try:
        krb5.cc_get_principal(context, krb5.cc_default(context))
    except krb5.Krb5Error:
        pass
    else:
        return True
    try:
        return bool(krb5.kt_have_content(context, krb5.kt_client_default(context)))
    except (AttributeError, krb5.Krb5Error):
        return False  # Heimdal has no client keytab


def _installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None
