"""One pass over all images: what the export answers, what the model says to the same pixels, and to training's own.

Parity, skew, labels and the checks of the outputs all read what is found here: each image is predicted once by the
export and once by the model, and once more by the model only where training's pixels are others.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.core.check.sample import Item
from workbench.core.check.skewing import Kept, Skew, TrainingPixels
from workbench.core.export.expected import class_scores, differences, model_inputs, model_outputs
from workbench.core.predict.session import to_array
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.model import Progress
from workbench.spec.tensors import Answer, pixel_tensor

if TYPE_CHECKING:
    from workbench.core.check.subject import Subject

Array = npt.NDArray[Any]

CHUNK: Final = 32
"""Images a step: enough to fill both cores, few enough that their pixels take some 20 MB."""


MAX_NUMBERS: Final = 4096
"""Numbers kept of each image's answer: a score for every class of the largest models in use, a piece of a mask."""


class Found(msgspec.Struct, frozen=True):
    """One image: `difference` is the largest of export against model, `best` the class each of them says.

    `scores` are the export's own `(classes,)`, or all its numbers where it has no scores of classes.
    """

    item: Item
    difference: float
    best: int
    model_best: int
    scores: Array
    skew: Skew | None = None


class Survey(msgspec.Struct, frozen=True):
    """All images: those answered, those the export refused, the seconds the export took, the most skewed pixels."""

    found: tuple[Found, ...]
    refused: tuple[tuple[Item, ErrorInfo], ...]
    seconds: float
    worst: tuple[Kept, ...] = ()

    @property
    def skews(self) -> list[tuple[Found, Skew]]:
        """The images that were read by the training path as well."""
        return [(f, f.skew) for f in self.found if f.skew is not None]


def survey(subject: Subject) -> Survey:
    """Predict every image. Raises what loading the model or the export raises, and what `report` does."""
    return _Pass(subject).run()


class _Pass:
    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._made = subject.made
        self._facts = subject.model.facts
        self._aliases = self._made.image_aliases
        self._training = TrainingPixels(subject)
        self._refused: list[tuple[Item, ErrorInfo]] = []
        self._seconds = 0.0

    def run(self) -> Survey:
        items = self._subject.sample.items
        found: list[Found] = []
        for start in range(0, len(items), CHUNK):
            self._subject.report(Progress("Predicting with export and model", start, len(items)))
            found += self._chunk(items[start : start + CHUNK])
        return Survey(tuple(found), tuple(self._refused), self._seconds, self._training.worst())

    def _chunk(self, items: Sequence[Item]) -> Iterator[Found]:
        ready = []
        for item in items:
            instance = self._subject.sample.instance(item)
            if isinstance(instance, ErrorInfo):
                self._refused.append((item, instance))
            else:
                ready.append((item, instance))
        yield from self._answered(ready)

    def _answered(self, ready: list[tuple[Item, dict[str, Any]]]) -> Iterator[Found]:
        """The export's answers; images that make it fail are found by halves."""
        if not ready:
            return
        try:
            columns = self._columns([instance for _, instance in ready])
            outputs, pixels = self._export(columns)
        except WorkbenchError as err:
            if len(ready) == 1:
                self._refused.append((ready[0][0], err.info()))
                return
            half = len(ready) // 2
            yield from self._answered(ready[:half])
            yield from self._answered(ready[half:])
        else:
            yield from self._judged(ready, columns, outputs, pixels)

    def _columns(self, instances: Sequence[Mapping[str, Any]]) -> dict[str, Array]:
        feeds = {f.alias: f.tensor for f in self._made.feeds}
        return {alias: to_array(alias, [i[alias] for i in instances], tensor) for alias, tensor in feeds.items()}

    def _export(self, columns: Mapping[str, Array]) -> tuple[dict[str, Array], dict[str, Array]]:
        """The answers by alias and the preprocessed pictures, from one run."""
        names = [a.tensor.name for a in self._made.answers] + [pixel_tensor(a) for a in self._aliases]
        start = time.perf_counter()
        values = self._subject.session.fetch(names, self._made.serving, columns)
        self._seconds += time.perf_counter() - start
        count = len(self._made.answers)
        answers = dict(zip((a.alias for a in self._made.answers), values[:count], strict=True))
        return answers, dict(zip(self._aliases, values[count:], strict=True))

    def _model(self, pixels: Mapping[str, Array], columns: Mapping[str, Array]) -> dict[str, Array]:
        model = self._subject.model
        inputs = model_inputs(self._facts, self._made, pixels, columns)
        return model_outputs(self._facts, self._subject.project, model.predict(inputs))

    def _judged(
        self,
        ready: Sequence[tuple[Item, dict[str, Any]]],
        columns: Mapping[str, Array],
        answers: Mapping[str, Array],
        pixels: Mapping[str, Array],
    ) -> Iterator[Found]:
        expected = self._model(pixels, columns)
        apart = self._apart(answers, expected)
        scores, model_scores = self._scores(answers, expected)
        ours, theirs = _best(scores), _best(model_scores)
        skews = self._training.skews(ready, pixels, lambda read: self._model(read, columns), expected)
        for row, (item, _) in enumerate(ready):
            kept = scores[row][:MAX_NUMBERS].astype("float32")
            yield Found(item, float(apart[row]), int(ours[row]), int(theirs[row]), kept, skews[row])

    def _apart(self, answers: Mapping[str, Array], expected: Mapping[str, Array]) -> Array:
        """The largest difference of each row over all numbers that the model itself answers."""
        found = [
            differences(answers[a.alias], self._as_model(a, expected)) for a in self._made.answers if self._compared(a)
        ]
        count = len(next(iter(answers.values())))
        return np.max(found, axis=0) if found else np.zeros(count)

    def _compared(self, answer: Answer) -> bool:
        return answer.kind in ("output", "top_scores")

    def _as_model(self, answer: Answer, expected: Mapping[str, Array]) -> Array:
        if answer.kind == "output":
            return expected[answer.source]
        scores = class_scores(self._facts, self._subject.project, expected)
        assert scores is not None  # The best scores are made of scores only.
        width = (answer.tensor.shape or (-1, scores.shape[1]))[1]
        best: Array = -np.sort(-scores, axis=-1)[:, :width]
        return best

    def _scores(self, answers: Mapping[str, Array], expected: Mapping[str, Array]) -> tuple[Array, Array]:
        """One score a class by the export and by the model; where there are none, all numbers of the first output.

        Where the project leaves the scores out of the reply, the model's own stand for both: labels are then
        compared by the signature's own proof.
        """
        theirs = class_scores(self._facts, self._subject.project, expected)
        by_source = {a.source: answers[a.alias] for a in self._made.answers if a.kind == "output"}
        if theirs is not None:
            ours = class_scores(self._facts, self._subject.project, {**expected, **by_source})
            assert ours is not None  # By the same project and facts.
            return ours, theirs
        source = next(iter(by_source), next(iter(expected)))
        first = by_source.get(source, expected[source])
        return first.reshape(len(first), -1), expected[source].reshape(len(first), -1)


def _best(scores: Array) -> Array:
    """The class of each row's largest score; NaN never is."""
    if scores.shape[-1] == 0:
        return np.zeros(len(scores), int)
    found: Array = np.where(np.isnan(scores.astype(float)), -np.inf, scores).argmax(-1)
    return found
