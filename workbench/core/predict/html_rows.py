"""Rows as one self-contained HTML page: thumbnails, top-k scores with bars, errors."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable
from typing import IO, Final

from workbench.spec.model import Row
from workbench.spec.printable import markup_text
from workbench.spec.reply_keys import PredictionLine, ReplyKeys, first_lines

PICTURES: Final = 2000
"""Maximum number of rows with an image: with more, a page takes seconds to open (some 2 kB each)."""

SIDE: Final = 64

_HEAD: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Predictions</title>
<style>
:root { color-scheme: light dark; --line: #d5d9e0; --bar: #3d57d6; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --line: #3a404a; --bar: #8ea1ff; --bad: #ff8a80; } }
body { font: 14px system-ui, sans-serif; margin: 24px; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; } td, th { padding: 6px 10px; border-bottom: 1px solid var(--line); vertical-align: middle; }
td.number { text-align: right; white-space: nowrap; } .error { color: var(--bad); }
meter { width: 8em; height: .6em; accent-color: var(--bar); } .first { font-weight: 600; } small { opacity: .7; }
</style></head><body>
"""


def write_page(rows: Iterable[Row], total: int, reading: ReplyKeys, out: IO[bytes]) -> None:
    """Write the whole page. Beyond `PICTURES` rows there are no images, and the page says so."""
    out.write(_HEAD.encode())
    note = f" Pictures stand beside the first {PICTURES}." if total > PICTURES else ""
    out.write(f"<h1>Predictions</h1><p>{total} rows.{note}</p>\n<table><thead><tr><th>Picture</th>".encode())
    out.write(b"<th>Input</th><th>Prediction</th><th>Milliseconds</th></tr></thead><tbody>\n")
    for number, row in enumerate(rows):
        out.write(_row(row, reading, pictured=number < PICTURES).encode())
    out.write(b"</tbody></table></body></html>\n")


def _text(text: str) -> str:
    return html.escape(markup_text(text))


def _row(row: Row, reading: ReplyKeys, *, pictured: bool) -> str:
    picture = _picture(row.source) if pictured else ""
    if row.error is not None:
        said = f'<span class="error">{_text(row.error.message)} {_text(row.error.hint)}</span>'
    else:
        lines = first_lines(row.prediction or {}, reading)
        said = "<br>".join(_line(line, reading.labels, first=n == 0) for n, line in enumerate(lines))
    took = f"{row.milliseconds:.1f}" if row.milliseconds else ""
    source = _text(row.source)
    return f'<tr><td>{picture}</td><td>{source}</td><td>{said}</td><td class="number">{took}</td></tr>\n'


def _line(line: PredictionLine, labels: tuple[str, ...], *, first: bool) -> str:
    label = _text(line.label(labels))
    name = f'<span class="first">{label}</span>' if first else label
    bar = f'<meter value="{line.value:.4f}"></meter> ' if line.part and line.value is not None else ""
    return f"{bar}{name} <small>{_text(line.number())}</small>"


def _picture(source: str) -> str:
    """A small JPEG embedded in the page; empty for records and for anything that is not an image."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(source) as picture:
            picture.draft("RGB", (SIDE, SIDE))
            small = picture.convert("RGB")
            small.thumbnail((SIDE, SIDE))
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ""
    out = io.BytesIO()
    small.save(out, "JPEG", quality=80)
    return f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}">'
