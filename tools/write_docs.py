"""Write the generated pages of docs/ anew: `make docs`."""

from __future__ import annotations

import configuration_page
import readiness_page
import registry_pages
import resource_pages


def main() -> None:
    """Write every page."""
    written = (resource_pages, readiness_page, configuration_page, registry_pages)
    for path, text in ((path, text) for each in written for path, text in each.files().items()):
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
