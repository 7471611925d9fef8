"""What tests of the documents read: the parts of a Markdown page that are held to the program."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
PAGES: Final = sorted((ROOT / "docs").glob("*.md"))


def page(name: str) -> str:
    """The text of `docs/NAME.md`."""
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def section(text: str, title: str) -> str:
    """What stands below the heading `title`, of any level, up to the next one of that level or above."""
    head = re.search(rf"^(#+) {re.escape(title)}\n", text, re.MULTILINE)
    assert head, title
    rest = text[head.end() :]
    after = re.search(rf"^#{{1,{len(head[1])}}} ", rest, re.MULTILINE)
    return rest[: after.start()] if after else rest


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def first_cells(text: str) -> list[str]:
    """The first cell of every row of the tables, without their heads."""
    rows = re.findall(r"^\| (.+?) \| ", text, re.MULTILINE)
    heads = re.findall(r"^\| (.+?) \| .*\n\|-", text, re.MULTILINE)
    return [row for row in rows if row not in heads]


def code_words(text: str) -> list[str]:
    """What stands between backquotes, in its order."""
    return re.findall(r"`([^`\n]+)`", text)
