"""Why a certificate is not accepted: the numbers of OpenSSL (x509_vfy.h, X509_V_ERR_…), each with what to do about it.

Texts change between releases and say nothing of the remedy; another authority helps against the fewest of them.
"""

from __future__ import annotations

OTHER_NAME = 62
_NO_AUTHORITY = frozenset({2, 18, 19, 20, 21})
"""The issuer is not to be found, or is its own and not trusted."""
_OTHER_NAMES = frozenset({OTHER_NAME, 63, 64})


def why_refused(code: int | None, name: str, authorities: str, naming: str) -> str:
    """Say what is wrong with the certificate shown for a name, and what to do; without a period at the end.

    `authorities` is the setting with the authorities, and `naming` what to do where the name is another one.
    """
    if code in _NO_AUTHORITY:
        return f"no authority that is trusted here has issued it. Set {authorities} to the one that did"
    if code in _OTHER_NAMES:
        return f"it is not for the name {name}. {naming}"
    meanings = {
        9: "it is not valid yet. See the clocks of both machines, and when it begins",
        10: "it has expired. Renew it there",
        23: "it is revoked. Renew it there",
        26: "it is not for servers. Issue one for Server Authentication",
        66: "its key is too short for this machine. Issue one with a longer key",
        68: "it is signed with an algorithm that this machine does not take any more. Issue a new one",
    }
    return meanings.get(code or 0, f"see it with `openssl verify`, and its authority with {authorities}")
