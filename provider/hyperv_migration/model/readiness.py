"""getMigrationReadiness: whether two hosts are ready to move virtual machines to each other, one row for each prerequisite.

Nothing is written, and nothing that cannot be read is held against anybody: its row is `unknown` (DESIGN §5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from hyperv_migration.model.computers import may_be_same_host, validate_account_name, validate_host_name
from hyperv_migration.model.declaration import Declaration, Failure, Inputs, Kind, Property, Record, Role

YES, NO, UNKNOWN = "yes", "no", "unknown"
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was found out about one prerequisite: the answer, what was seen, and what to do about just this."""

    answer: str
    reason: str
    remedy: str = ""
    advice: bool = False
    """Whether it counts for nothing here, as the row is not needed or nobody could be asked."""


def yes(reason: str) -> Finding:
    """The prerequisite is met."""
    return Finding(answer=YES, reason=reason)


def no(reason: str, remedy: str = "") -> Finding:
    """It is positively not met."""
    return Finding(answer=NO, reason=reason, remedy=remedy)


def unknown(reason: str, remedy: str = "") -> Finding:
    """It could not be seen."""
    return Finding(answer=UNKNOWN, reason=reason, remedy=remedy)


@dataclass(frozen=True, kw_only=True)
class Check(Generic[T]):
    """One prerequisite: what is asked, how what was seen is judged, and what helps."""

    id: str
    question: str
    """One sentence, in which {subject} is a host or both; of a direction it has {source} and {destination}."""
    judge: Callable[[T], Finding]
    remedy: str
    """What to do where the answer is no."""
    look: str
    """The command by which an administrator sees it for himself."""
    decisive: bool = True
    """Whether the answer counts for the whole; advice does not."""

    def asked(self, subject: str, names: Mapping[str, str]) -> str:
        """Return the question about certain hosts."""
        return self.question.format(subject=subject, **names)

    def row(self, subject: str, seen: T, names: Mapping[str, str]) -> Row:
        """Judge what was seen."""
        finding = self.judge(seen)
        remedies = {YES: "", NO: self.remedy, UNKNOWN: f"See for yourself: {self.look}."}
        return Row(
            id=self.id,
            subject=subject,
            question=self.asked(subject, names),
            answer=finding.answer,
            reason=finding.reason,
            remedy=finding.remedy or remedies[finding.answer],
            decisive=self.decisive and not finding.advice,
        )


@dataclass(frozen=True, kw_only=True)
class Row:
    """One prerequisite and its answer."""

    id: str
    subject: str
    question: str
    answer: str
    reason: str
    remedy: str
    decisive: bool


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """Every row, and what they come to."""

    rows: tuple[Row, ...]

    @property
    def ready(self) -> str:
        """No if a decisive row says no; else unknown if one is unknown; else yes."""
        answers = {row.answer for row in self.rows if row.decisive}
        return next((answer for answer in (NO, UNKNOWN) if answer in answers), YES)


def rows_of(checks: Iterable[Check[T]], subject: str, seen: T, **names: str) -> list[Row]:
    """Judge one subject by several prerequisites; `names` are what their questions name beside it."""
    return [check.row(subject, seen, names) for check in checks]


def joined(texts: Iterable[object]) -> str:
    """Return a list in one line, in a certain order."""
    return ", ".join(sorted(map(str, texts)))


def _cross_check(inputs: Inputs) -> Sequence[Failure]:
    source, destination = inputs.get("source"), inputs.get("destination")
    if isinstance(source, str) and isinstance(destination, str) and may_be_same_host(source, destination):
        reason = f"destination {destination} is the source itself; name another host"
        return [Failure(property_name="destination", reason=reason)]
    return []


_ANSWERS = {
    YES: "The prerequisite is met.",
    NO: "It is positively not met.",
    UNKNOWN: "It could not be seen: the target did not answer, or not to this account.",
}


def _output(name: str, description: str, **more: Any) -> Property:
    return Property(**{"kind": Kind.STRING, **more}, name=name, description=description, always=True)


ROW = Record(
    name="ReadinessRow",
    description="One prerequisite of live migration, and whether it is met.",
    fields=(
        _output("id", "Which prerequisite; the same for every host."),
        _output("subject", "The host, the two hosts, or the direction it is about."),
        _output("question", "The prerequisite as a question, in one sentence."),
        _output("answer", "Whether the prerequisite is met.", enum="ReadinessAnswer", values=_ANSWERS),
        _output("reason", "What was seen, or why nothing was."),
        _output("remedy", "What to do about it; empty where the answer is yes."),
        _output("decisive", "Whether the answer counts for `ready`; other rows are advice.", kind=Kind.BOOLEAN),
    ),
)


def _validate_name(name: str) -> None:
    """Refuse what names no host, and an address: the rows about delegation look for the host's account."""
    validate_host_name(name)
    validate_account_name(name)


def _host(name: str, description: str) -> Property:
    return Property(
        name=name,
        kind=Kind.STRING,
        role=Role.IDENTITY,
        required=True,
        validate=_validate_name,
        description=description,
    )


READINESS = Declaration(
    name="getMigrationReadiness",
    description=(
        "Whether two Hyper-V hosts outside a failover cluster are ready to move virtual machines to each other: every "
        "prerequisite as a row. It reads only, in previews too, and what it cannot reach is unknown, never a failure."
    ),
    rights=(
        "Hyper-V Administrators and Remote Management Users on both hosts, and read access to their computer accounts; "
        "what needs more, such as whether Credential Guard runs, is unknown without it."
    ),
    inputs=(
        _host("source", "One of the two hosts, by the DNS name under which WinRM answers."),
        _host("destination", "The other one; delegation is looked at in both directions."),
        Property(
            name="profile",
            kind=Kind.STRING,
            role=Role.OPTION,
            description="Which connection profile of the configuration to use; unset picks it by name patterns.",
        ),
    ),
    outputs=(
        _output(
            "ready",
            "No if a decisive row says no, else unknown if one is unknown, else yes.",
            enum="ReadinessAnswer",
            values=_ANSWERS,
        ),
        Property(name="rows", kind=Kind.RECORDS, record=ROW, always=True, description="Every prerequisite in turn."),
    ),
    cross_check=_cross_check,
)
