"""What a provider said to its user."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Said:
    """A log that remembers."""

    warnings: list[str] = field(default_factory=list)
    progressed: list[str] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)

    def warning(self, message: str) -> None:
        """Remember a warning."""
        self.warnings.append(message)

    def note(self, message: str) -> None:
        """Remember what stays in the output and is no warning."""
        self.noted.append(message)

    def progress(self, message: str) -> None:
        """Remember a step."""
        self.progressed.append(message)
