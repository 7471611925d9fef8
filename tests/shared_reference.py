"""The Keras model's process of the gate, shared between tests: each start of TensorFlow takes seconds."""

from __future__ import annotations

from workbench.core.check.reference_client import ReferenceProcess
from workbench.core.check.subject import GateSubject


class SharedReference:
    """One process for all tests of a worker; it loads the model of whichever subject asks."""

    def __init__(self) -> None:
        self._started: ReferenceProcess | None = None
        self._holds: object = None

    def of(self, subject: GateSubject) -> ReferenceProcess:
        asked = (subject.project, subject.base, subject.facts)
        if self._started is None:
            self._started = ReferenceProcess(*asked)
        elif self._holds != asked:
            self._started.open(*asked)
        self._holds = asked
        return self._started

    def close(self) -> None:
        if self._started is not None:
            self._started.close()
