"""The command `hyperv-migration live`: put the questions, print the table, write report and recording."""

from __future__ import annotations

import contextlib
import getpass
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from hyperv_migration.directory.discovery import reach
from hyperv_migration.directory.session import Sessions
from hyperv_migration.hyperv.facts import read_facts
from hyperv_migration.live.anonymiser import Anonymiser
from hyperv_migration.live.domain import Domain, RecordedDirectory
from hyperv_migration.live.doubts import Finding
from hyperv_migration.live.questions import ask_domain, ask_host
from hyperv_migration.live.recording import RecordedWire, Recording
from hyperv_migration.live.report import markdown, table
from hyperv_migration.live.settings import LiveSettings, read_settings
from hyperv_migration.live.subject import Subject, trouble
from hyperv_migration.live.undo import LeftBehind, Undo, note_of
from hyperv_migration.model.errors import MigrationError, MissingConfiguration
from hyperv_migration.model.settings import Connection
from hyperv_migration.operations.journal import Journal
from hyperv_migration.wsman.connection import WinrmConnection
from hyperv_migration.wsman.session import Session

_NO_DOMAIN = "the directory is asked where HYPERV_MIGRATION_LIVE_DOMAIN names a domain"
_PASSWORD = "HYPERV_MIGRATION_PASSWORD"  # noqa: S105 - the variable's name

DONE, FAILED, MISUSED, NOT_PUT_BACK = 0, 1, 2, 3


def run(environment: Mapping[str, str] | None = None) -> int:
    """Ask the host and perhaps its domain; returns the command's exit status."""
    try:
        settings = _with_password(read_settings(os.environ if environment is None else environment))
        was_there = settings.output.exists()
        settings.output.mkdir(parents=True, exist_ok=True)
    except MigrationError as error:
        return _complain(str(error), MISUSED)
    except OSError as error:
        return _complain(f"the output folder cannot be made: {error.strerror}", MISUSED)
    # An end by SIGTERM, and by Ctrl-Break on Windows, takes the way of Ctrl-C, so that the host is put back first.
    kinds = [getattr(signal, name) for name in ("SIGTERM", "SIGBREAK") if hasattr(signal, name)]
    found = [signal.signal(kind, signal.default_int_handler) for kind in kinds]
    visit = Visit(settings)
    try:
        return visit.run()
    except KeyboardInterrupt:
        return visit.interrupted()
    except MissingConfiguration as error:
        return _complain(str(error), MISUSED)
    except MigrationError as error:
        return _complain(str(error), FAILED)
    finally:
        for kind, handler in zip(kinds, found, strict=True):
            signal.signal(kind, handler)
        visit.close()
        if not was_there:
            # Only while nothing was written into it: a run that never reached its host leaves no empty folder.
            with contextlib.suppress(OSError):
                settings.output.rmdir()


class Visit:
    """One run against one host."""

    def __init__(self, settings: LiveSettings) -> None:
        self._settings = settings
        self._recording = Recording()
        self._sessions = Sessions()
        self._anonymiser = Anonymiser()
        self._journal = Journal()
        self._findings: list[Finding] = []
        self._about: list[str] = []

    def run(self) -> int:
        """Put every question; the files are written also when the host could not be put back."""
        settings = self._settings
        connection = settings.host_connection()
        self._learn(settings, connection)
        winrm = WinrmConnection(settings.host, connection)
        wire = RecordedWire(winrm, self._recording)
        facts = read_facts(Session(wire), lambda: settings.host)
        self._anonymiser.learn("host", facts.fqdn)
        self._anonymiser.learn("host", facts.name)
        self._anonymiser.learn("domain", facts.domain)
        subject = Subject(
            wire=wire,
            anonymiser=self._anonymiser,
            facts=facts,
            write=settings.write,
            claimed_rights=settings.rights,
        )
        self._about += [
            f"Build {facts.build}, {'in a domain' if facts.domain_joined else 'in a workgroup'}.",
            f"Clustered: {facts.clustered}. Credential Guard running: {facts.credential_guard_running}.",
            f"Signed in with {winrm.transport_name}, {'writes allowed' if settings.write else 'read-only'}.",
        ]
        left: LeftBehind | None = None
        if not settings.write and Undo(subject, self._journal).left_over() is not None:
            left = LeftBehind(
                "an earlier run did not end; run once more with HYPERV_MIGRATION_LIVE_WRITE=1 to put it back"
            )
        findings, behind = ask_host(subject, self._recording, self._journal)
        self._findings += findings
        left = behind or left
        try:
            for finding in self._ask_domain():
                self._findings.append(finding)
        except LeftBehind as account:
            left = account
        return self._write(left)

    def close(self) -> None:
        """Close what was opened to the directory."""
        self._sessions.close()

    def interrupted(self) -> int:
        """Say whether the host was put back: the note is there as long as it was not."""
        if self._journal.recall(note_of(self._settings.host)) is None:
            return _complain("interrupted; nothing is left behind on the host", FAILED)
        return _complain("interrupted before the host was put back; run once more with writes allowed", NOT_PUT_BACK)

    def _ask_domain(self) -> Iterator[Finding]:
        settings = self._settings
        if settings.domain is None:
            yield from ask_domain(None, self._recording, _NO_DOMAIN)
            return
        self._recording.question = "what the domain is"
        try:
            session = reach(settings.domain_connection(), settings.domain, self._sessions).session
            base = session.root().text("defaultNamingContext") or ""
            self._anonymiser.learn("host", session.controller)
            domain = Domain(
                directory=RecordedDirectory(session, self._recording),
                base=base,
                host=settings.host,
                computer=settings.computer if settings.write else None,
                journal=self._journal,
            )
            self._about.append(domain.about())
        except MigrationError as error:
            yield from ask_domain(None, self._recording, f"the directory could not be asked: {trouble(error)}")
            return
        yield from ask_domain(domain, self._recording, "")

    def _write(self, left: LeftBehind | None) -> int:
        report, recording = self._settings.output / "live-report.md", self._settings.output / "live-recording.json"
        texts = {recording: self._recording.as_json(self._anonymiser)}
        if self._findings:
            texts[report] = markdown(self._about, self._findings)
            _say(*table(self._findings))
        for path, text in texts.items():
            if found := self._anonymiser.survivors(text):
                # A name that is also a word of the protocols or of our own sentences.
                _complain(f"{path.name} holds the words {', '.join(found)}; see where, before you send it", DONE)
            path.write_text(text, encoding="utf-8")
        _say(
            "",
            f"Report: {report}",
            f"Recording: {recording}",
            "Look through both before you send them; see docs/live.md.",
        )
        if left is not None:
            return _complain(f"not everything is as it was found: {left}", NOT_PUT_BACK)
        return DONE

    def _learn(self, settings: LiveSettings, connection: Connection) -> None:
        learn = self._anonymiser.learn
        learn("host", settings.host)
        learn("host", settings.computer)
        learn("domain", settings.domain)
        for name, address in connection.addresses:
            learn("host", name)
            learn("host", urlsplit(address if "://" in address else f"//{address}").hostname)
        self._anonymiser.learn_account(connection.credentials.username)


def _with_password(settings: LiveSettings) -> LiveSettings:
    """Ask for the password where one is needed, none is given and somebody sits there."""
    credentials = settings.host_connection().credentials
    if not credentials.username or credentials.password is not None or not sys.stdin.isatty():
        return settings
    if settings.host_connection().winrm.transport in {"kerberos", "certificate"}:
        return settings
    typed = getpass.getpass(f"Password of {credentials.username}: ")
    return replace(settings, environment={**settings.environment, _PASSWORD: typed})


def _say(*lines: str) -> None:
    for line in lines:
        print(line)  # noqa: T201 - the command's output


def _complain(sentence: str, status: int) -> int:
    print(f"hyperv-migration live: {sentence}", file=sys.stderr)  # noqa: T201 - the command's output
    return status
