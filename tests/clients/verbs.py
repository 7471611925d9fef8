"""What a client was asked to do and how it went; for the scripts that run in the clients' own environments."""

from __future__ import annotations

import json
from collections.abc import Callable


class Verbs:
    """Each verb is done at once; an error of the client is its result, and the next verb follows."""

    def __init__(self) -> None:
        self._results: dict[str, str] = {}

    def add(self, name: str, work: Callable[[], object], right: object) -> None:
        """Do it and compare what comes with what is right."""
        try:
            found = work()
        except Exception as err:  # noqa: BLE001 - any client, any error: it is the result.
            self._results[name] = f"{type(err).__name__}: {err}"[:300]
            return
        self._results[name] = "works" if found == right else f"{found!r} instead of {right!r}"[:300]

    def show(self) -> None:
        """Print a JSON object, the last line of the script."""
        print(json.dumps(self._results))
