"""Runs a command as root, or as root of a user and network namespace of its own.

    python3 tools/as_root.py COMMAND...

A domain controller needs the well-known ports and to own its files; inside a namespace any user may have both
(active-directory.md 132). Where namespaces are not allowed the command runs as it is, and says what it misses.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys

INSIDE = "--inside"
NAMESPACE = ["unshare", "--user", "--map-root-user", "--net", "--mount"]

# As netdevice(7) numbers them.
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def raise_loopback() -> None:
    """Bring the loopback interface of a new network namespace up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(asking, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(asking, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def namespaces_allowed() -> bool:
    """Whether this user may make a namespace."""
    return (
        shutil.which("unshare") is not None
        and subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0
    )


def main(arguments: list[str]) -> None:
    """Become the command, inside a namespace where that is needed and allowed."""
    if arguments[:1] == [INSIDE]:
        raise_loopback()
        arguments = arguments[1:]
    elif os.geteuid() != 0 and namespaces_allowed():
        arguments = [*NAMESPACE, sys.executable, __file__, INSIDE, *arguments]
    os.execvp(arguments[0], arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
