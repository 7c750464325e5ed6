"""Examples in Pulumi's own markup: its registry and the generated SDKs show those of the reader's language.

`examples.json` beside this holds the programs of `examples/reference`, each of which a test runs; `make sdk` writes it.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

LANGUAGES = ("typescript", "python", "go", "yaml")


def with_example(description: str, name: str) -> str:
    """Return a description and, after it, the type's example in each language."""
    programs = _programs().get(name)
    if programs is None:
        return description
    blocks = [f"```{language}\n{programs[language]}```" for language in LANGUAGES]
    return "\n\n".join(
        [
            description,
            "{{% examples %}}\n## Example Usage\n{{% example %}}",
            *blocks,
            "{{% /example %}}\n{{% /examples %}}",
        ]
    )


@cache
def _programs() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads((files(__package__) / "examples.json").read_text(encoding="utf-8"))
    return found
