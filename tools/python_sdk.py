"""Write the typed resource classes of the Python SDK from the property declarations: `make sdk`.

A test compares what is committed with what this writes.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

from hyperv_migration.faces.spelling import snake_case
from hyperv_migration.model.declaration import Declaration, Kind, Property
from hyperv_migration.operations.resources import RESOURCES

SDK = Path(__file__).resolve().parent.parent / "sdk" / "python" / "pulumi_hyperv_migration"

_INPUT_TYPES = {
    Kind.STRING: "pulumi.Input[str]",
    Kind.BOOLEAN: "pulumi.Input[bool]",
    Kind.INTEGER: "pulumi.Input[int]",
    Kind.STRINGS: "pulumi.Input[Sequence[pulumi.Input[str]]]",
}
_OUTPUT_TYPES = {
    Kind.STRING: "str",
    Kind.BOOLEAN: "bool",
    Kind.INTEGER: "int",
    Kind.STRINGS: "list[str]",
    Kind.MAP: "dict[str, Any]",
    Kind.RECORDS: "list[dict[str, Any]]",
}
_LINE = 116


def module_name(declaration: Declaration) -> str:
    """Return the module a resource's class stands in."""
    return snake_case(declaration.name)


def render(declaration: Declaration) -> str:
    """Return the source of one resource class."""
    inputs = sorted(declaration.inputs, key=lambda prop: not prop.required)
    outputs = [prop for prop in declaration.outputs if all(prop.name != known.name for known in declaration.inputs)]
    parts = [
        '"""Generated from the property declarations by `make sdk`; never edited."""',
        "",
        "from __future__ import annotations",
        "",
        *(["from collections.abc import Sequence"] if any(prop.kind is Kind.STRINGS for prop in inputs) else []),
        *(["from typing import Any", ""] if any(prop.kind is Kind.MAP for prop in outputs) else [""]),
        "import pulumi",
        "",
        "from pulumi_hyperv_migration._resource import MigrationResource, resource_options",
        f"from pulumi_hyperv_migration.providers import {declaration.name}Provider",
        "",
        "",
        f'class {declaration.name}(MigrationResource, module="hyperv-migration", name="{declaration.name}"):',
        _class_docstring(declaration),
        "",
        *(line for prop in (*declaration.inputs, *outputs) for line in _attribute(prop)),
        *_constructor(declaration, inputs, outputs),
    ]
    return "\n".join(parts) + "\n"


def _class_docstring(declaration: Declaration) -> str:
    rights = _wrapped(f"Rights: {declaration.rights}", 4)
    teardown = _wrapped(f"Destroy: {declaration.teardown}", 4)
    first, _, rest = declaration.description.partition(". ")
    summary = f"{first}.\n\n{_wrapped(rest, 4)}" if rest else first
    return f'    """{summary}\n\n{rights}\n\n{teardown}\n    """'


def _attribute(prop: Property) -> list[str]:
    return [
        f"    {snake_case(prop.name)}: pulumi.Output[{_OUTPUT_TYPES[prop.kind]}]",
        *_docstring(_documentation(prop), 4),
        "",
    ]


def _docstring(text: str, indent: int) -> list[str]:
    """Return a docstring: on one line if it fits, else its first sentence, a blank line, and the rest."""
    space = " " * indent
    if len(text) + indent + len('""""""') <= _LINE:
        return [f'{space}"""{text}"""']
    first, stop, rest = text.partition(". ")
    if not stop or len(first) + indent + len('""".') > _LINE:
        cut = next(mark for mark in (": ", "; ", ", ") if mark in first)
        first, _, more = text.partition(cut)
        rest = more[:1].upper() + more[1:]
    return [f'{space}"""{first}.', "", _wrapped(rest, indent), f'{space}"""']


def _constructor(declaration: Declaration, inputs: list[Property], outputs: list[Property]) -> list[str]:
    arguments = [
        f"        {snake_case(prop.name)}: {_INPUT_TYPES[prop.kind]}{'' if prop.required else ' | None = None'},"
        for prop in inputs
    ]
    listed = ", ".join(snake_case(prop.name) for prop in inputs)
    described = [_wrapped(f"{listed}: As the attributes of these names say.", 12).replace("\n", "\n    ")]
    passed = [f'                "{snake_case(prop.name)}": {snake_case(prop.name)},' for prop in declaration.inputs]
    seeded = [f'                "{snake_case(prop.name)}": None,' for prop in outputs]
    return [
        "    def __init__(",
        "        self,",
        "        resource_name: str,",
        "        *,",
        *arguments,
        "        opts: pulumi.ResourceOptions | None = None,",
        "    ) -> None:",
        f'        """Declare a {declaration.name}.',
        "",
        "        Args:",
        "            resource_name: The resource's name in the stack.",
        *described,
        "            opts: Pulumi's resource options.",
        '        """',
        "        super().__init__(",
        f"            {declaration.name}Provider(),",
        "            resource_name,",
        "            {",
        *passed,
        *seeded,
        "            },",
        f'            resource_options(opts, "{declaration.name}"),',
        "        )",
    ]


def _documentation(prop: Property) -> str:
    """Return what an attribute says: meaning, values, default, and what it is on the target."""
    parts = [prop.description]
    if prop.values:
        parts.append(f"One of {', '.join(prop.values)}.")
    if prop.default is not None:
        parts.append(f"Default: {prop.default}.")
    if prop.cmdlet:
        parts.append(f"Cmdlet: {prop.cmdlet}.")
    if prop.maps_to:
        parts.append(f"On the target: {prop.maps_to}.")
    return " ".join(parts)


def _wrapped(text: str, indent: int) -> str:
    space = " " * indent
    return textwrap.fill(text, _LINE, initial_indent=space, subsequent_indent=space, break_on_hyphens=False)


def formatted(source: str) -> str:
    """Return the source as the project's formatter and import sorter leave it."""
    for arguments in (["check", "--select", "I", "--fix", "--quiet"], ["format"]):
        command = [sys.executable, "-m", "ruff", *arguments, "--stdin-filename", str(SDK / "generated.py"), "-"]
        source = subprocess.run(command, input=source, capture_output=True, text=True, check=True).stdout
    return source


def files() -> dict[Path, str]:
    """Return every generated file and its text."""
    return {
        SDK / f"{module_name(resource.declaration)}.py": formatted(render(resource.declaration))
        for resource in RESOURCES.values()
    }


def main() -> None:
    """Write the files."""
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
