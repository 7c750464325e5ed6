"""A review as one HTML page: no script, nothing loaded, light or dark as the reader's system is, fit to print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from hyperv_migration.review.report import Change, Review, Row, undo_title
from hyperv_migration.review.text import Data, Text

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2126; --soft: #57606a; --line: #d5dae0; --wash: #f5f7f9; --paper: #fff;
  --warn: #9a5b00; --warn-wash: #fff6e5; --bad: #a3161f; --bad-wash: #fdecec; --mark: #0b5cad; --good: #1a6b34; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ec; --soft: #9aa5b1; --line: #39424c; --wash: #1f262d;
  --paper: #161b20; --warn: #e8b04a; --warn-wash: #2c2413; --bad: #ff8f8f; --bad-wash: #331a1c; --mark: #74b3f5;
  --good: #6fcf8b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 60rem; color: var(--ink); background: var(--paper);
  font: 16px/1.5 system-ui, "Segoe UI", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem;
  border-bottom: 1px solid var(--line); padding-bottom: .3rem; } h3 { font-size: 1.05rem; margin: 0 0 .25rem; }
.head { color: var(--soft); margin: 0 0 .5rem; } .summary { font-size: 1.1rem; font-weight: 600; margin: 0; }
.change { border: 1px solid var(--line); border-radius: 6px; padding: 1rem 1.1rem; margin: 1rem 0; }
.place { color: var(--soft); font-weight: 400; } .action { color: var(--mark); }
.action.create { color: var(--good); } .action.delete { color: var(--bad); } .action.update { color: var(--warn); }
.resource { color: var(--soft); margin: 0 0 .75rem; }
.decide { border-left: 4px solid var(--warn); background: var(--warn-wash); padding: .1rem 1.1rem; }
.failed { border-left: 4px solid var(--bad); background: var(--bad-wash); padding: .1rem 1.1rem; }
code, pre { font: .875em/1.5 ui-monospace, Consolas, monospace; }
pre { background: var(--wash); border: 1px solid var(--line); border-radius: 4px; padding: .6rem .8rem;
  white-space: pre-wrap; margin: .75rem 0; }
table { width: 100%; border-collapse: collapse; margin: .5rem 0 .75rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 600; font-size: .85rem; } tbody th { font-weight: 600; }
.name { width: 34%; } .from { width: 33%; } .meaning { display: block; color: var(--soft); font-weight: 400; font-size: .85rem; }
dl { margin: .5rem 0 0; } dt { font-weight: 600; font-size: .9rem; } dd { margin: 0 0 .5rem; }
@media print { body { max-width: none; padding: 0; font-size: 11pt; } .change, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; } }
"""


def page(review: Review) -> str:
    """Return the whole page."""
    return "\n".join(_lines(review)) + "\n"


def _lines(review: Review) -> Iterator[str]:
    title = "Hyper-V live migration: change review"
    yield from ("<!DOCTYPE html>", '<html lang="en">', "<head>", '<meta charset="utf-8">')
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield from (f"<title>{title}</title>", f"<style>{_STYLE}</style>", "</head>", "<body>", "<main>")
    yield f'<h1>{title}</h1><p class="head">{_text(review.head)}</p>'
    yield f'<p class="summary">{_text(review.summary)}</p>'
    if review.errors:
        yield from _told("failed", "The preview failed", review.errors)
    if review.warnings:
        yield from _told("decide", "Warnings of the preview", review.warnings)
    if review.risks:
        yield from ("<h2>To decide</h2>", '<div class="decide">')
        for risk in review.risks:
            where = ", ".join(_code(target) for target in risk.targets)
            yield f"<p><strong>{escape(risk.title)}</strong> ({where}): {_text(risk.text)}</p>"
        yield "</div>"
    for target in review.targets:
        yield f"<h2>{_text(target.title)}</h2>"
        for change in target.changes:
            yield from _change(change)
    if review.foreign:
        noun = "change" if review.foreign == 1 else "changes"
        yield f"<p>Not of this provider: {review.foreign} {noun}.</p>"
    if review.remarks:
        yield "<h2>How to read this</h2>"
        yield f"<ul>{''.join(f'<li>{_text(remark)}</li>' for remark in review.remarks)}</ul>"
    yield from ("</main>", "</body>", "</html>")


def _told(kind: str, title: str, messages: Iterable[str]) -> Iterator[str]:
    yield f'<h2>{title}</h2><div class="{kind}">'
    yield from (f"<p>{escape(message)}</p>" for message in messages)
    yield "</div>"


def _change(change: Change) -> Iterator[str]:
    detail = change.detail
    yield '<section class="change">'
    yield (
        f'<h3><span class="place">{change.place}.</span> <span class="{_look(change.action)}">{escape(change.action)}</span> '
        f"{_text(detail.title)}</h3>"
    )
    yield f'<p class="resource">{_text(change.resource)}</p>'
    if detail.rows:
        yield '<table><thead><tr><th class="name">What</th><th class="from">From</th><th>To</th></tr></thead><tbody>'
        yield from (_row(row) for row in detail.rows)
        yield "</tbody></table>"
    if detail.commands:
        yield f"<pre>{escape(chr(10).join(detail.commands))}</pre>"
    told = [
        f"<dt>{title}</dt><dd>{' '.join(_text(text) for text in texts)}</dd>"
        for title, texts in _parts(change)
        if texts
    ]
    if told:
        yield f"<dl>{''.join(told)}</dl>"
    yield "</section>"


def _look(action: str) -> str:
    """Return the style of an action: what goes does not look like what comes."""
    return f"action {action.split(maxsplit=1)[0].lower()}"


def _parts(change: Change) -> tuple[tuple[str, Sequence[Text]], ...]:
    detail = change.detail
    return ("Note", detail.notes), ("Left alone", detail.alone), (undo_title(change), detail.undo)


def _row(row: Row) -> str:
    behind = f" {_code(Data(row.maps_to))}" if row.maps_to else ""
    meaning = f'<span class="meaning">{_text(row.meaning)}{behind}</span>' if row.meaning or behind else ""
    return f'<tr><th scope="row">{_code(Data(row.name))}{meaning}</th><td>{_cell(row.old)}</td><td>{_cell(row.new)}</td></tr>'


def _cell(parts: Text) -> str:
    """Return a value; of several, each stands on a line."""
    return "".join("<br>" if part == ", " else _text((part,)) for part in parts)


def _text(parts: Text) -> str:
    return "".join(_code(part) if isinstance(part, Data) else escape(part) for part in parts)


def _code(value: Data) -> str:
    return f"<code>{escape(value)}</code>"
