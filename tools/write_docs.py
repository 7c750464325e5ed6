"""Write the generated pages of docs/ anew: `make docs`."""

from __future__ import annotations

import configuration_page
import readiness_page
import resource_pages


def main() -> None:
    """Write every page."""
    for path, text in {**resource_pages.files(), **readiness_page.files(), **configuration_page.files()}.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
