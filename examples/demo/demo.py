"""`make demo`: the main job on emulated hosts and an embedded directory, told step by step and checked line by line.

The engine is the real one and the program is that of examples/pair, unchanged. What hosts and directory say is read by
clients that share no code with the provider. The first claim that does not hold ends the demo with status 1.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from chapters import Demo
from scenario import ADMINISTRATOR, DOMAIN, found_hosts, new_password
from stack import EngineError, PairStack, without_settings_of_the_user
from story import Story, UntrueError
from targets import Targets

from hyperv_migration.lab.lab import Lab


def main() -> int:
    """Tell the story; returns the exit status."""
    story = Story(sys.stdout)
    if shutil.which("pulumi") is None:
        story.end_badly("There is no pulumi on PATH; `make demo` finds one, or builds one with Go.")
        return 1
    without_settings_of_the_user()
    password = new_password()
    try:
        with tempfile.TemporaryDirectory(prefix="pair-demo-") as folder, Lab(found_hosts(password)) as lab:
            targets = Targets(lab, f"{ADMINISTRATOR}@{DOMAIN}", password)
            stack = PairStack(Path(folder), configuration(lab), password)
            Demo(story, targets, stack).tell(password)
    except UntrueError as untrue:
        story.end_badly(str(untrue))
        return 1
    except EngineError as failed:
        story.end_badly(f"The engine ended with an error. It said:\n{failed}")
        return 1
    story.say()
    story.say(f"Done in {story.seconds:.0f} s. {story.claims} claims, each of them checked.")
    return 0


def configuration(lab: Lab) -> dict[str, object]:
    """Give the stack's configuration: what examples/pair declares, and where the lab answers. No password."""
    return {
        "pair:hosts": [f"{name.lower()}.{DOMAIN}" for name in lab.hosts],
        "pair:networks": ["192.168.10.0/24"],
        **{f"hyperv-migration:{name}": value for name, value in lab.configuration().items()},
    }


if __name__ == "__main__":
    sys.exit(main())
