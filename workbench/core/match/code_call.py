"""A call in the training code, as the handlers of library functions receive it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from workbench.core.match.code_values import UNKNOWN, Library, Picture, Value, first_picture


class Run(Protocol):
    """What a handler may request from the interpreter: call a value, note something about a line, record an image."""

    supposed: tuple[int, int]

    tracing: int
    """Above 0 while the function given to a dataset's `map` is followed: TensorFlow makes a graph of it."""

    def called(self, function: Value, args: Sequence[Value], keywords: Mapping[str, Value], line: int) -> Value: ...

    def note(self, line: int, text: str) -> None: ...

    def miss(self, line: int, text: str) -> None: ...

    def keep(self, value: Value, rank: int, line: int) -> None: ...


class Call:
    """A call of the library function `name`; positional and keyword arguments are values of the interpreter."""

    def __init__(
        self, run: Run, name: str, args: Sequence[Value], keywords: Mapping[str, Value], line: int, receiver: Any = None
    ) -> None:
        self.run = run
        self.name = name
        self.args = list(args)
        self.keywords = dict(keywords)
        self.line = line
        self.receiver = receiver

    def get(self, place: int, name: str, default: Value = None) -> Value:
        """An argument by its position (-1: by name only) or name; `default` if it is not given."""
        if name in self.keywords:
            return self.keywords[name]
        return self.args[place] if 0 <= place < len(self.args) else default

    def text(self, place: int, name: str, default: str) -> str:
        """An argument that is a word, or a constant with such a name (`cv2.INTER_AREA`: `INTER_AREA`)."""
        value = self.get(place, name, default)
        if isinstance(value, Library):
            return value.name.rpartition(".")[2]
        return value if isinstance(value, str) else str(value)

    def picture(self, decoder: str, place: int = 0, name: str = "img") -> Picture:
        """The image of an argument. An image of unknown origin is assumed to be read by `decoder`, with a note."""
        found = first_picture(self.get(place, name, UNKNOWN))
        return found or self.opened(decoder).did(
            "doubt", self.line, f"Where this image comes from is not in the text: taken as read by {decoder}."
        )

    def opened(self, decoder: str, **changes: Any) -> Picture:
        """An image that this call reads from a file."""
        height, width = self.run.supposed
        return Picture(decoder, self.line, height, width, **changes)


Handler = Callable[[Call], Value]
"""Computes the value of a library call from its arguments."""
