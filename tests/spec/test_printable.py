"""Names and labels of others give no orders: not to a terminal, a page, a spreadsheet, nor within JSON."""

from __future__ import annotations

import json

import pytest

from workbench.spec.printable import json_text, markup_text, one_line, printable, spreadsheet_cell


def test_a_terminal_is_shown_what_it_would_obey() -> None:
    assert printable("a\x1b[31mb\x9b0mc\x7fd\u202ee\re\x08") == "a\\x1b[31mb\\x9b0mc\\x7fd\\u202ee\\re\\x08".replace(
        "\\r", "\\x0d"
    )
    assert printable("Größe\t猫\n🙂") == "Größe\t猫\n🙂"
    assert printable("half \ud83d") == "half \\ud83d"
    assert one_line("two\nlines\there") == "two\\nlines here"


def test_json_stays_the_same_document() -> None:
    text = json.dumps({"a\x9b": "b\x7f\u202e", "c": "\x1b🙂"}, ensure_ascii=False)
    shown = json_text(text)
    assert json.loads(shown) == json.loads(text)
    assert printable(shown) == shown


def test_a_page_holds_only_what_it_may() -> None:
    assert markup_text("a\x1b[1m\x00\ud800b\tü🙂") == "a\ufffd[1m\ufffd\ufffdb\tü🙂"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\n=x", "＝1", "=cmd|' /C calc'!A0"])
def test_what_a_spreadsheet_would_compute_is_quoted(text: str) -> None:
    assert str(spreadsheet_cell(text)).startswith("'")


@pytest.mark.parametrize("value", ["cat.jpg", "a=b", "", "[-1, 2]", -1.5, 3, None, True])
def test_numbers_and_plain_texts_stay_as_they_are(value: object) -> None:
    assert spreadsheet_cell(value) == value
