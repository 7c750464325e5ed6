"""One refused sign-in of an account is enough for a run: a wrong password that is sent again and again locks it out.

1. Of an account that nobody has taken yet, one target is asked at a time; the others wait for its verdict, within bounds.
2. Once a target has taken it, every other one may be asked: a refusal then is that target's own.
3. Once one has refused it before any has taken it, no other is asked in this run.
4. A target that has refused it is not asked again in this run.

An account without a domain may be another one on each computer, so each target has its own verdict for it.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from hyperv_migration.model.errors import SignInRefused
from hyperv_migration.model.settings import Credentials


class _Account:
    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.taken = False
        self.refused_by: list[str] = []


class SignIns:
    """What became of the accounts of one run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accounts: dict[Hashable, _Account] = {}

    @contextmanager
    def trying(self, credentials: Credentials, target: str, *, patience: float) -> Iterator[None]:
        """Sign in within; raises SignInRefused, with nothing sent, where that would be one attempt too many."""
        if not credentials.username or credentials.password is None:
            yield
            return
        account = self._account(credentials, target)
        held = not account.taken and account.turn.acquire(timeout=patience)
        try:
            self._stop(account, credentials, target)
            if held and account.taken:
                account.turn.release()
                held = False
            try:
                yield
            except Exception as error:
                if isinstance(error, SignInRefused) or isinstance(getattr(error, "error", None), SignInRefused):
                    account.refused_by.append(target)
                raise
            account.taken = True
        finally:
            if held:
                account.turn.release()

    def _account(self, credentials: Credentials, target: str) -> _Account:
        domain, backslash, _ = (credentials.username or "").partition("\\")
        of_a_domain = (backslash and domain not in {"", "."}) or "@" in (credentials.username or "")
        with self._lock:
            return self._accounts.setdefault((credentials, "" if of_a_domain else target.casefold()), _Account())

    @staticmethod
    def _stop(account: _Account, credentials: Credentials, target: str) -> None:
        if not account.refused_by or (account.taken and target not in account.refused_by):
            return
        asked = len(set(account.refused_by))
        told = "1 target was asked" if asked == 1 else f"{asked} targets were asked"
        raise SignInRefused(
            f"{target} was not asked: {account.refused_by[0]} has refused {credentials.username} in this run, and more attempts "
            f"could lock the account out ({told}). Check user name and password."
        )
