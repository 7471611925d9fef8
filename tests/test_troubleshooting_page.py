"""The page of errors: every code that an error, a problem or a row can have stands there once, and no other."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from documents import ROOT, code_words, first_cells, page

SOURCE: Final = "\n".join(p.read_text(encoding="utf-8") for p in sorted((ROOT / "workbench").rglob("*.py")))

CODE: Final = r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*"

RAISED: Final = re.compile(
    r"\b(?:WorkbenchError|OutsideError|TargetRefused|Problem|ErrorInfo|ImageNote)\(\s*(?:code=)?"
    rf"(?:\"({CODE})\"|({CODE})),"
)
"""A code as the first argument of what carries one: as text, or by the name of a constant."""

CONSTANTS: Final = dict(re.findall(rf"^(\w+): Final(?:\[str\])? = \"({CODE})\"$", SOURCE, re.MULTILINE))

LISTED: Final = [word for cell in first_cells(page("troubleshooting")) for word in code_words(cell)]


def codes() -> set[str]:
    """The codes that are raised or told, and those that docstrings name as raised."""
    found = {text or CONSTANTS.get(name, name) for text, name in RAISED.findall(SOURCE)}
    told = {
        word
        for sentence in re.findall(r"Raises `WorkbenchError` ([^.]*)\.", SOURCE)
        for word in re.findall(r"\b[A-Z0-9]+(?:_[A-Z0-9]+)+\b", sentence)
    }
    return found | told


def test_every_code_of_the_program_has_a_row_with_cause_and_remedy() -> None:
    known = codes()
    assert len(known) > 200
    assert sorted(known - set(LISTED)) == []
    rows = re.findall(r"^\| `.*$", page("troubleshooting"), re.MULTILINE)
    assert [row for row in rows if not re.fullmatch(r"\| .+ \| [^|]{8,} \| [^|]{4,} \|", row)] == []


def test_the_page_lists_no_code_twice_and_none_that_the_program_does_not_have() -> None:
    assert [code for code, times in Counter(LISTED).items() if times > 1] == []
    assert [code for code in LISTED if f'"{code}"' not in SOURCE] == []
