"""Across modules. A Lambda's marshalled function: plain arithmetic is recognised in every Python's layout; all else
is data."""

from __future__ import annotations

import base64
import marshal
import random
import struct
from typing import Any

import pytest

from workbench.core.model.repair.affine import affine_of
from workbench.core.model.repair.marshal_reader import read_function

LOAD_X, RETURN = b"\x7c\x00", b"\x53\x00"


def _byte(value: bytes) -> bytes:
    return b"s" + struct.pack("<i", len(value)) + value


def _text(layout: str, value: bytes) -> bytes:
    if layout == "2":
        return b"t" + struct.pack("<i", len(value)) + value
    return b"z" + bytes([len(value)]) + value


def _many(items: list[bytes]) -> bytes:
    return b"(" + struct.pack("<i", len(items)) + b"".join(items)


def _marshalled(layout: str, code: bytes, consts: tuple[Any, ...], arguments: int = 1) -> bytes:
    """A function as each Python wrote it, by hand: this Python's `marshal` knows only its own layout."""
    header = {"2": 4, "3.0": 5, "3.8": 6, "3.11": 5}[layout]
    numbers = [arguments, *([0] * (header - 4)), 1, 2, 67] if layout != "3.11" else [arguments, 0, 0, 2, 3]
    numbers_out = _many([marshal.dumps(c, 1) for c in consts])
    data = b"c" + b"".join(struct.pack("<i", n) for n in numbers) + _byte(code) + numbers_out + _many([])
    if layout == "3.11":
        rest = [
            _many([_text(layout, b"x")]),
            _byte(b"\x20"),
            _text(layout, b"f.py"),
            _text(layout, b"<lambda>"),
            _text(layout, b"<lambda>"),
        ]
        return data + b"".join(rest) + struct.pack("<i", 1) + _byte(b"") + _byte(b"")
    rest = [_many([_text(layout, b"x")]), _many([]), _many([]), _text(layout, b"f.py"), _text(layout, b"<lambda>")]
    return data + b"".join(rest) + struct.pack("<i", 1) + _byte(b"")


def _config(data: bytes, plain: bool = False) -> dict[str, Any]:
    text = data.decode("latin1") if plain else base64.b64encode(data).decode()
    return {"name": "l", "function": [text, None, None], "function_type": "lambda"}


LONG = b"\x7c\x00\x00\x64\x01\x00\x1b\x64\x02\x00\x18\x53"  # x / c1 - c2 with three-byte arguments
WORDS = LOAD_X + b"\x64\x01\x1b\x00\x64\x02\x18\x00" + RETURN
NEW = b"\x97\x00" + LOAD_X + b"\x64\x01\x7a\x0b\x00\x00\x64\x02\x7a\x0a\x00\x00" + RETURN


@pytest.mark.parametrize(
    ("layout", "code"),
    [("2", LONG.replace(b"\x1b", b"\x15")), ("3.0", LONG), ("3.0", WORDS), ("3.8", WORDS), ("3.11", NEW)],
    ids=["2.7", "3.5", "3.7", "3.8", "3.11"],
)
@pytest.mark.parametrize("plain", [False, True], ids=["base64", "text"])
def test_arithmetic_is_recognised_in_every_python_layout(layout: str, code: bytes, plain: bool) -> None:
    config = _config(_marshalled(layout, code, (None, 127.5, 1.0)), plain)
    assert affine_of(config) == pytest.approx((1 / 127.5, -1.0))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("x / 255", (1 / 255, 0)), ("2 * (3 - x) / 4", (-0.5, 1.5)), ("-x", (-1, 0)), ("x", (1, 0)),
     ("x * x", None), ("1 / x", None), ("abs(x)", None), ("x ** 2", None), ("x[0]", None), ("x * 0", None),
     ("x + 1e400", None), ("x if x else 1", None), ("'a'", None), ("x + True", None), ("x.shape", None),
     ("x // 2", None), ("x % 2", None), ("(lambda y: y)(x)", None), ("__import__('os').getcwd()", None)],
)  # fmt: skip
def test_only_plain_arithmetic_is_recognised(text: str, expected: tuple[float, float] | None) -> None:
    found = affine_of(_config(marshal.dumps(eval(f"lambda x: {text}").__code__)))
    assert found == (pytest.approx(expected) if expected else None)


def test_a_lambda_with_more_than_its_argument_is_not_recognised() -> None:
    data = _marshalled("3.8", WORDS, (None, 2.0, 1.0))
    assert affine_of(_config(data)) is not None
    assert affine_of({**_config(data), "arguments": {"k": 1}}) is None
    assert affine_of({**_config(data), "function": [base64.b64encode(data).decode(), [1], None]}) is None
    assert affine_of(_config(_marshalled("3.8", WORDS, (None, 2.0, 1.0), arguments=2))) is None


def test_python_2_divides_whole_numbers_its_own_way() -> None:
    halves = b"\x64\x01\x00\x64\x02\x00\x15\x7c\x00\x00\x14\x53"  # (1 / 2) * x, which was 0 in Python 2
    assert affine_of(_config(_marshalled("2", halves, (None, 1, 2)))) is None


def test_hostile_bytes_are_read_as_data_or_not_at_all() -> None:
    rng = random.Random(0)
    whole = _marshalled("3.8", WORDS, (None, 127.5, 1.0))
    for _ in range(4000):
        broken = bytearray(whole)
        for _ in range(rng.randint(1, 6)):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        affine_of(_config(bytes(broken[: rng.randint(1, len(broken))])))
        read_function(b"c" + rng.randbytes(rng.randint(0, 200)))


@pytest.mark.parametrize(
    "data",
    [b"", b"c", b"(" * 60000, b"(" + struct.pack("<i", 2**31 - 1), b"s" + struct.pack("<i", -1), b"\xe3" * 5000,
     b"l" + struct.pack("<i", 2**31 - 1), b"r" + struct.pack("<i", -5), b"c" * 70000, b")\xff" * 20000,
     b"(\x02\x00\x00\x00" * 1000],
    ids=range(11),
)  # fmt: skip
def test_bytes_made_to_exhaust_a_reader_are_refused_at_once(data: bytes) -> None:
    assert read_function(data) == []
