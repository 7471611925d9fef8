"""Damaged inputs: bytes of real files changed, cut, joined and repeated, as Hypothesis draws them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from hypothesis import strategies as st

Change = Callable[[bytes], bytes]

NUMBERS: Final = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1)
"""Lengths and counts at which readers go wrong."""

WORDS: Final = (
    *(b"[" * 40, b"{" * 40, b"]", b"}", b'"', b"\\ud800", b"\xed\xa0\x80", b"\x00", b"\xff\xfe", b"\x1b[31m"),
    *(b"9" * 400, b"-1", b"1e999", b"NaN", b"null", b"true", b"../../x", b"/dev/zero", b"=1+1", b"\r\n", b","),
)
"""What means something to one reader or another."""


def _put(data: bytes, place: float, cut: int, new: bytes) -> bytes:
    at = int(place * len(data))
    return data[:at] + new + data[at + cut :]


def _repeat(data: bytes, place: float, length: int, times: int) -> bytes:
    at = int(place * len(data))
    return data[:at] + data[at : at + length] * times + data[at + length :]


_places = st.floats(0, 1, exclude_max=True)
_numbers = st.builds(
    lambda n, size, order: (n & (256**size - 1)).to_bytes(size, order),
    st.sampled_from(NUMBERS) | st.integers(0, 2**64 - 1),
    st.sampled_from((1, 2, 4, 8)),
    st.sampled_from(("little", "big")),
)
_new = st.sampled_from(WORDS) | st.binary(max_size=8)


def _changes(corpus: Sequence[bytes]) -> st.SearchStrategy[Change]:
    def put(place: float, cut: int, new: bytes) -> Change:
        return lambda data: _put(data, place, cut, new)

    def over(place: float, new: bytes) -> Change:
        return lambda data: _put(data, place, len(new), new)

    def repeat(place: float, length: int, times: int) -> Change:
        return lambda data: _repeat(data, place, length, times)

    def cut(place: float) -> Change:
        return lambda data: data[: int(place * len(data))]

    def join(place: float, other: bytes, start: float) -> Change:
        return lambda data: data[: int(place * len(data))] + other[int(start * len(other)) :]

    return st.one_of(
        st.builds(put, _places, st.integers(0, 16), _new),
        st.builds(over, _places, _numbers | _new),
        st.builds(repeat, _places, st.integers(1, 64), st.sampled_from((2, 3, 50))),
        st.builds(cut, _places),
        st.builds(join, _places, st.sampled_from(corpus), _places),
    )


def damaged(corpus: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """A file of the corpus after one to eight changes."""

    def changed(data: bytes, changes: list[Change]) -> bytes:
        for change in changes:
            data = change(data)
        return data

    return st.builds(changed, st.sampled_from(corpus), st.lists(_changes(corpus), min_size=1, max_size=8))
