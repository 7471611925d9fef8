"""Texts of others - names of files, labels, messages of servers - where a terminal, a page or a spreadsheet reads them.

A terminal obeys escape sequences, a spreadsheet formulas. What is shown there is shown as what it is.
"""

from __future__ import annotations

import re
from typing import Final

_ORDERS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that a terminal obeys (ECMA-48: C0 but tab and new line, DEL, C1), those that turn the direction of the
text round them (Unicode's bidirectional controls), and halves of pairs, which cannot be written."""

_NO_MARKUP: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold, not even escaped (XML 1.0, section 2.2)."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that a spreadsheet may compute (OWASP, "CSV Injection"), full-width forms included."""


def printable(text: str) -> str:
    """The text with every character that a terminal would obey written as `\\x1b`; lines and tabs stay."""
    return _ORDERS.sub(lambda found: _escaped(found[0]), text) if _ORDERS.search(text) else text


def one_line(text: str) -> str:
    """The same on one line: what stands in a sentence or in a table's cell."""
    return printable(text).replace("\n", "\\n").replace("\t", " ")


def json_text(text: str) -> str:
    """A JSON document with the same characters in JSON's own escapes: the same document, and no orders."""
    return re.sub("[\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", lambda c: f"\\u{ord(c[0]):04x}", text)


def markup_text(text: str) -> str:
    """The text as a page or an XML document may hold it: what it may not becomes the replacement character."""
    return _NO_MARKUP.sub("\ufffd", text)


def spreadsheet_cell(value: object) -> object:
    """A cell as it goes into CSV: a text that a spreadsheet might compute gets a quote before it, as OWASP says.

    Numbers stay numbers. Characters that a terminal obeys are written out.
    """
    if not isinstance(value, str):
        return value
    return f"'{printable(value)}" if value.startswith(_FORMULA) else printable(value)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
