"""Files that the configuration names: read or judged here, on this machine, before anything is sent.

What is wrong with one is told with the setting that names it, never as a fault of the target. TLS trusts what the
configuration names, else what this machine's OpenSSL was built with. Variables such as SSL_CERT_FILE and SSLKEYLOGFILE,
which Python and urllib3 obey by themselves, change nothing: who is trusted, and who may read along, is configuration.
"""

from __future__ import annotations

import contextlib
import os
import ssl
import stat
import sys
from collections.abc import Collection, Iterable
from pathlib import Path

from hyperv_migration.model.errors import MissingConfiguration


def bare_tls_context() -> ssl.SSLContext:
    """Return a context for a client that verifies names and certificates, and trusts nobody yet."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    return context


def tls_context(ca_cert_file: str | None, setting: str) -> ssl.SSLContext:
    """Return a context that trusts the authorities of a file, or of this machine where none is named.

    Raises MissingConfiguration naming the setting where the file holds no authorities or cannot be read.
    """
    context = bare_tls_context()
    if ca_cert_file is None:
        _trust_this_machine(context)
        return context
    path = Path(ca_cert_file)
    try:
        if path.is_dir():
            context.load_verify_locations(capath=path)
        else:
            context.load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise MissingConfiguration(
            f"The {setting} {path} holds no certificate that can be read ({_number(error)}); it must be a PEM file with the "
            "authorities to trust."
        ) from None
    except OSError as error:
        raise _unreadable(setting, path, error) from None
    return context


def readable_by_others(path: str) -> bool:
    """Tell whether group or others may read a file with a secret; False where rights are no such bits, or it is not there."""
    if os.name != "posix":
        return False
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(mode) and bool(mode & (stat.S_IRGRP | stat.S_IROTH))


def check_client_certificate(certificate: str, key: str) -> None:
    """Raise MissingConfiguration unless both files can be used, without asking anybody for a passphrase."""
    for setting, name in (("winrm clientCertFile", certificate), ("winrm clientKeyFile", key)):
        try:
            with Path(name).open("rb"):
                pass
        except OSError as error:
            raise _unreadable(setting, Path(name), error) from None
    try:
        # A key with a passphrase would ask the terminal for it.
        bare_tls_context().load_cert_chain(certificate, key, password=lambda: "")
    except (OSError, ValueError) as error:
        raise MissingConfiguration(
            f"The winrm clientCertFile {certificate} and clientKeyFile {key} are not a certificate and its key "
            f"({_number(error)}); both must be PEM, belong together and have no passphrase."
        ) from None


def first_line(name: str, setting: str) -> str:
    """Return the first line of a file, without its end."""
    try:
        path = Path(name).expanduser()
        text = path.read_text(encoding="utf-8-sig")
    except RuntimeError:
        raise MissingConfiguration(
            f"The {setting} {name} begins with ~, and nothing says where the home of this account is; give the whole path."
        ) from None
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise MissingConfiguration(
            f"The {setting} {name} cannot be read ({type(error).__name__}); check its path and rights."
        ) from None
    line = text.partition("\n")[0].removesuffix("\r")
    if not line:
        raise MissingConfiguration(f"The {setting} {name} is empty; its first line must be the password.")
    return line


def _trust_this_machine(context: ssl.SSLContext) -> None:
    """Trust whom this machine trusts: what `load_default_certs` does, without the variables that it obeys."""
    if sys.platform == "win32":
        for store in ("CA", "ROOT"):
            with contextlib.suppress(PermissionError):
                trust_stored(context, ssl.enum_certificates(store))
        return
    built_in = ssl.get_default_verify_paths()
    file, folder = Path(built_in.openssl_cafile), Path(built_in.openssl_capath)
    if file.is_file():
        context.load_verify_locations(cafile=file)
    if folder.is_dir():
        context.load_verify_locations(capath=folder)


def trust_stored(context: ssl.SSLContext, certificates: Iterable[tuple[bytes, str, Collection[str] | bool]]) -> None:
    """Trust those of a Windows certificate store that are meant for servers, as `ssl.enum_certificates` gives them.

    One that OpenSSL cannot read is left out, as `load_default_certs` does: what some program has put into the store must not
    cut off every domain controller.
    """
    for der, encoding, purposes in certificates:
        meant = purposes is True or (purposes is not False and ssl.Purpose.SERVER_AUTH.oid in purposes)
        if encoding == "x509_asn" and meant:
            with contextlib.suppress(ssl.SSLError):
                context.load_verify_locations(cadata=der)


def _unreadable(setting: str, path: Path, error: OSError) -> MissingConfiguration:
    if isinstance(error, FileNotFoundError):
        return MissingConfiguration(f"The {setting} {path} is not there; check its path.")
    return MissingConfiguration(f"The {setting} {path} cannot be read ({_number(error)}); check its path and rights.")


def _number(error: BaseException) -> str:
    number = getattr(error, "errno", None)
    return f"{type(error).__name__} {number}" if number else type(error).__name__
