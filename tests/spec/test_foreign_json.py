from __future__ import annotations

import json

import pytest

from workbench.spec.foreign_json import MAX_DEPTH, NotJsonError, json_value

DEEPEST = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{broken", "property name"),
        (b"\xff\xfe\xfd", "Unicode"),
        (b'"\xed\xa0\x80\xff"', "Unicode"),
        ("9" * 5000, "digits"),
        (b"[" * 100_000, "deep"),
        (b"[" + DEEPEST + b"]", "deep"),
        (b'{"a": [' * (MAX_DEPTH // 2) + b"{}" + b"]}" * (MAX_DEPTH // 2), "deep"),
        ("", "Expecting value"),
    ],
    ids=lambda text: str(text)[:20],
)
def test_whatever_is_wrong_is_one_error_with_its_reason(text: str | bytes, why: str) -> None:
    with pytest.raises(NotJsonError, match=why) as told:
        json_value(text)
    assert why in told.value.reason


@pytest.mark.parametrize(
    "text",
    [
        *(
            DEEPEST,
            b"[1, NaN, -Infinity, 1e999]",
            b'{"a": {"b": [[]]}}',
            json.dumps("[" * 5000),
            json.dumps([["{"] * 500]),
        ),
        json.dumps([["{"] * 500]),
        *('[{"a": "]"}, "\\"]["]', b"\xff\xfe1\x00", '"\\ud800"', b"[[1,2],[3,4]," * 30 + b"5" + b"]" * 30),
    ],
    ids=lambda text: str(text)[:30],
)
def test_what_python_reads_is_read_the_same(text: str | bytes) -> None:
    assert repr(json_value(text)) == repr(json.loads(text))


def test_the_place_of_a_fault_is_told() -> None:
    with pytest.raises(NotJsonError) as told:
        json_value('{"a": x}')
    assert (told.value.reason, told.value.at) == ("Expecting value", 6)


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", b'{"a": -Infinity}'])
def test_numbers_that_json_does_not_have_are_refused_when_asked(text: str | bytes) -> None:
    with pytest.raises(NotJsonError, match="is not a JSON number"):
        json_value(text, strict=True)
