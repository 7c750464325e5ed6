"""One refused sign-in of an account is enough for a run: a wrong password that is sent again and again locks it out.

1. Of an account that nobody has taken yet, one is asked at a time; the others wait for the verdict, within bounds.
2. Once a target has taken it, every other one may be asked: a refusal then is that target's own.
3. Once one has refused it before any has taken it, no other is asked in this run.
4. A target that has refused it is not asked again in this run.
5. Once the domain itself has refused it, which a KDC does, nobody at all is asked with it in this run.

A KDC is asked for the sake of many targets, hosts and domain controllers alike, and counts each time. It refuses the key of
a keytab as it does a password. What a target says of a ticket is no verdict on the account: no password was tried.

An account without a domain may be another one on each computer, so each target has its own verdict for it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from hyperv_migration.model.errors import SignInRefused
from hyperv_migration.model.settings import Credentials


@dataclass(frozen=True, kw_only=True)
class _Name:
    """Who signs in, as far as two spellings can be told to be one account."""

    user: str
    domain: str
    """Nothing where the name says none."""
    netbios: bool
    """Whether the domain is a NetBIOS name, as in DOMAIN\\user."""
    password: str | None = field(repr=False)
    target: str
    """Nothing for an account of a domain, which is the same everywhere."""

    def is_one_with(self, other: _Name) -> bool:
        r"""Tell whether this is the same account: LAB\user is user@lab.test, as a domain is named unless somebody wanted more."""
        if (self.user, self.password, self.target) != (other.user, other.password, other.target):
            return False
        if self.netbios == other.netbios:
            return self.domain == other.domain
        short, long = (self, other) if self.netbios else (other, self)
        return short.domain == long.domain.partition(".")[0]


def _name_of(credentials: Credentials, target: str) -> _Name:
    folded = (credentials.username or "").casefold()
    domain, backslash, user = folded.partition("\\")
    if not backslash:
        user, _, domain = folded.partition("@")
    here = "" if domain not in {"", "."} or credentials.password is None else target.casefold()
    return _Name(user=user, domain=domain, netbios=bool(backslash), password=credentials.password, target=here)


class _Account:
    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.taken = False
        self.refused_by: list[str] = []
        self.refused_by_domain: str | None = None


class Asked:
    """A sign-in that is on its way."""

    def __init__(self, account: _Account) -> None:
        self._account = account

    def has_ticket(self) -> None:
        """Say that the KDC has given a ticket, so the password or key is right."""
        self._account.taken = True


class SignIns:
    """What became of the accounts of one run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accounts: list[tuple[_Name, _Account]] = []

    @contextmanager
    def trying(self, credentials: Credentials, target: str, *, patience: float) -> Iterator[None]:
        """Send a password to a target within; raises SignInRefused, with nothing sent, where that is one attempt too many."""
        if not credentials.username or credentials.password is None:
            yield
            return
        account = self._account(credentials, target)
        with self._turn(account, credentials, target, patience):
            try:
                yield
            except Exception as error:
                if _refuses(error):
                    account.refused_by.append(target)
                raise
            account.taken = True

    @contextmanager
    def asking_the_kdc(self, credentials: Credentials, target: str, *, patience: float) -> Iterator[Asked]:
        """Get a ticket for a target within, with a password or a keytab; raises SignInRefused as `trying` does."""
        account = self._account(credentials, target)
        with self._turn(account, credentials, target, patience):
            try:
                yield Asked(account)
            except Exception as error:
                if _refuses(error):
                    account.refused_by_domain = _domain_of(credentials)
                raise

    @contextmanager
    def _turn(self, account: _Account, credentials: Credentials, target: str, patience: float) -> Iterator[None]:
        held = not account.taken and account.turn.acquire(timeout=patience)
        try:
            _stop(account, credentials, target)
            if held and account.taken:
                account.turn.release()
                held = False
            yield
        finally:
            if held:
                account.turn.release()

    def _account(self, credentials: Credentials, target: str) -> _Account:
        name = _name_of(credentials, target)
        with self._lock:
            found = next((account for known, account in self._accounts if known.is_one_with(name)), None)
            if found is None:
                found = _Account()
                self._accounts.append((name, found))
            return found


class Verdict:
    """What one account is worth at one target: asked for a password, and of the KDC for a ticket."""

    def __init__(self, sign_ins: SignIns, credentials: Credentials, target: str, *, patience: float) -> None:
        """`patience` is how many seconds another one's verdict is waited for."""
        self._sign_ins, self._patience = sign_ins, patience
        self.credentials, self.target = credentials, target

    def of_the_target(self) -> AbstractContextManager[None]:
        """Send the password within."""
        return self._sign_ins.trying(self.credentials, self.target, patience=self._patience)

    def of_the_kdc(self) -> AbstractContextManager[Asked]:
        """Get a ticket within."""
        return self._sign_ins.asking_the_kdc(self.credentials, self.target, patience=self._patience)


def _refuses(error: Exception) -> bool:
    return isinstance(error, SignInRefused) or isinstance(getattr(error, "error", None), SignInRefused)


def _domain_of(credentials: Credentials) -> str:
    domain, backslash, _ = (credentials.username or "").partition("\\")
    if not backslash:
        domain = (credentials.username or "").partition("@")[2]
    return f"the domain {domain}" if domain else "the KDC"


def _stop(account: _Account, credentials: Credentials, target: str) -> None:
    """Raise where one more attempt would be too many, saying who has refused and who was not asked."""
    whom = credentials.username or "the account of the ticket or keytab"
    remedy = "user name and password" if credentials.password is not None else "the keytab"
    if account.refused_by_domain is not None:
        raise SignInRefused(
            f"{target} was not asked: {account.refused_by_domain} has refused {whom} in this run, and more attempts could lock "
            f"the account out. Check {remedy}."
        )
    if target in account.refused_by:
        raise SignInRefused(
            f"{target} was not asked again: it has refused {whom} in this run, and more attempts could lock the account out. "
            f"Check {remedy}."
        )
    if account.refused_by and not account.taken:
        asked = len(set(account.refused_by))
        told = "1 target was asked" if asked == 1 else f"{asked} targets were asked"
        raise SignInRefused(
            f"{target} was not asked: {account.refused_by[0]} has refused {whom} in this run, and more attempts "
            f"could lock the account out ({told}). Check {remedy}."
        )
