"""Builds the instances of a call lazily and maps each prediction to its input."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from workbench.core.instances.image_instances import as_json
from workbench.core.instances.inputs import InstanceRecord
from workbench.spec.errors import ErrorInfo
from workbench.spec.model import Row


class CallStream:
    """The instances of a call, made as they are sent, and which input each answer belongs to.

    What cannot be read is refused here and never sent; answers come back in the order of the instances that were.
    """

    def __init__(self, records: Iterator[InstanceRecord]) -> None:
        self._records = records
        self._waiting: deque[tuple[str, ErrorInfo | None]] = deque()

    def instances(self) -> Iterator[dict[str, object]]:
        for record in self._records:
            refused = record.instance if isinstance(record.instance, ErrorInfo) else None
            self._waiting.append((record.source, refused))
            if refused is None:
                yield as_json(record.instance)

    def rows_up_to(self, answer: dict[str, object] | ErrorInfo) -> list[Row]:
        """The rows up to the one answered: those refused on the way, then the answer's own."""
        rows = self._refused()
        source, _ = self._waiting.popleft()
        own = Row(source, error=answer) if isinstance(answer, ErrorInfo) else Row(source, prediction=answer)
        return [*rows, own]

    def rows_refused(self) -> list[Row]:
        """The rows after the last answer, all refused."""
        return self._refused()

    def _refused(self) -> list[Row]:
        rows = []
        while self._waiting and (error := self._waiting[0][1]) is not None:
            rows.append(Row(self._waiting.popleft()[0], error=error))
        return rows
