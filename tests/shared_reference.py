"""The Keras model's process of the gate, shared between tests: each start of TensorFlow takes seconds."""

from __future__ import annotations

from workbench.core.check.reference_client import Reference
from workbench.core.check.subject import Subject


class SharedReference:
    """One process for all tests of a worker; it loads the model of whichever subject asks."""

    def __init__(self) -> None:
        self._started: Reference | None = None
        self._holds: object = None

    def of(self, subject: Subject) -> Reference:
        asked = (subject.project, subject.base, subject.facts)
        if self._started is None:
            self._started = Reference(*asked)
        elif self._holds != asked:
            self._started.open(*asked)
        self._holds = asked
        return self._started

    def close(self) -> None:
        if self._started is not None:
            self._started.close()
