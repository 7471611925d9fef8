"""Evaluates all images in one pass: predictions of the export, and of the Keras model on serving and training pixels.

Parity, skew, labels and the checks of the outputs all use these results: each image is predicted once by the export and
once by the model, and once more by the model only if training's pixels are different ones.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.core.check.pixel_skew import PixelSkew, TrainingPixels, WorstPixels
from workbench.core.check.reply_comparison import AnsweredBatch, SeededComparison, judged_rows, seeded
from workbench.core.check.sample import SampleImage
from workbench.core.export.synthetic_instances import synthetic_columns
from workbench.core.tensor_values import to_array, to_arrays
from workbench.core.training.expected_reply import ExpectedReply
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.model import Progress
from workbench.spec.tensors import pixel_tensor

if TYPE_CHECKING:
    from workbench.core.check.subject import GateSubject

Array = npt.NDArray[Any]

CHUNK: Final = 32
"""Images per step: enough to use both cores, few enough that their pixels take some 20 MB."""

MAX_NUMBERS: Final = 4096
"""Numbers kept of each image's prediction: a score for every class of the largest models in use, or part of a mask."""


class EvaluatedImage(msgspec.Struct, frozen=True):
    """One image: `difference` is the largest between export and model, `best` the top-1 class of each.

    `excess` is that difference as a multiple of the tolerance, `key` the reply key in which it occurs. `scores` are the
    export's own `(classes,)`, or all its numbers if it has no class scores.
    """

    item: SampleImage
    difference: float
    best: int
    model_best: int
    scores: Array
    skew: PixelSkew | None = None
    excess: float = 0.0
    key: str = ""


class Evaluation(msgspec.Struct, frozen=True):
    """All images: those predicted, those the export rejected, the seconds the export took, the most skewed pixels.

    `missing` and `strange` are keys that the reply lacks and has in excess. `seeded` is the result for synthetic inputs
    that are all different, for models with several inputs or outputs.
    """

    found: tuple[EvaluatedImage, ...]
    refused: tuple[tuple[SampleImage, ErrorInfo], ...]
    seconds: float
    worst: tuple[WorstPixels, ...] = ()
    missing: tuple[str, ...] = ()
    strange: tuple[str, ...] = ()
    seeded: SeededComparison | None = None

    @property
    def skews(self) -> list[tuple[EvaluatedImage, PixelSkew]]:
        """The images that were read by the training path as well."""
        return [(f, f.skew) for f in self.found if f.skew is not None]


def survey(subject: GateSubject) -> Evaluation:
    """Predict all images. Raises what loading the model or the export raises, and what `report` raises."""
    return _EvaluationRun(subject).run()


class _EvaluationRun:
    def __init__(self, subject: GateSubject) -> None:
        self._subject = subject
        self._aliases = subject.made.image_aliases
        self._outputs = subject.read.signatures[subject.made.serving].outputs
        self._training = TrainingPixels(subject)
        self._refused: list[tuple[SampleImage, ErrorInfo]] = []
        self._seconds = 0.0
        self._missing: tuple[str, ...] = ()
        self._strange: tuple[str, ...] = ()

    def run(self) -> Evaluation:
        items = self._subject.sample.items
        found: list[EvaluatedImage] = []
        for start in range(0, len(items), CHUNK):
            self._subject.report(Progress("Predicting with export and model", start, len(items)))
            found += self._chunk(items[start : start + CHUNK])
        return Evaluation(
            tuple(found),
            tuple(self._refused),
            self._seconds,
            self._training.worst(),
            self._missing,
            self._strange,
            self._seeded() if found else None,
        )

    def _chunk(self, items: Sequence[SampleImage]) -> Iterator[EvaluatedImage]:
        ready = []
        for item in items:
            instance = self._subject.sample.instance(item)
            if isinstance(instance, ErrorInfo):
                self._refused.append((item, instance))
            else:
                ready.append((item, instance))
        yield from self._answered(ready)

    def _answered(self, ready: list[tuple[SampleImage, dict[str, Any]]]) -> Iterator[EvaluatedImage]:
        """The export's predictions; images that make it fail are found by bisection."""
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
        feeds = {f.alias: f.tensor for f in self._subject.made.feeds}
        return {alias: to_array(alias, [i[alias] for i in instances], tensor) for alias, tensor in feeds.items()}

    def _export(self, columns: Mapping[str, Array]) -> tuple[dict[str, Array], dict[str, Array]]:
        """The predictions by the keys that the file names, and the preprocessed images, from one run."""
        names = [t.name for t in self._outputs.values()] + [pixel_tensor(a) for a in self._aliases]
        start = time.perf_counter()
        values = self._subject.session.fetch(names, self._subject.made.serving, columns)
        self._seconds += time.perf_counter() - start
        count = len(self._outputs)
        answers = dict(zip(self._outputs, values[:count], strict=True))
        return answers, dict(zip(self._aliases, values[count:], strict=True))

    def _model(self, pixels: Mapping[str, Array], columns: Mapping[str, Array]) -> ExpectedReply:
        return self._subject.expected({**columns, **pixels})

    def _judged(
        self,
        ready: Sequence[tuple[SampleImage, dict[str, Any]]],
        columns: Mapping[str, Array],
        answers: Mapping[str, Array],
        pixels: Mapping[str, Array],
    ) -> Iterator[EvaluatedImage]:
        expected = self._model(pixels, columns)
        self._keys(answers, expected)
        rows = judged_rows(self._subject.project, answers, expected, columns)
        scores, model_scores = _scores(answers, expected)
        ours, theirs = _best(scores), _best(model_scores)
        skews = self._training.skews(ready, pixels, lambda read: self._model(read, columns), expected)
        for row, (item, _) in enumerate(ready):
            kept = scores[row][:MAX_NUMBERS].astype("float32")
            one = rows[row]
            yield EvaluatedImage(
                item, one.difference, int(ours[row]), int(theirs[row]), kept, skews[row], one.excess, one.key
            )

    def _keys(self, answers: Mapping[str, Array], expected: ExpectedReply) -> None:
        wanted = {*expected.wanted(), *(p.alias for p in self._subject.project.signature.passed())}
        self._missing = tuple(sorted(wanted - answers.keys()))
        self._strange = tuple(sorted(answers.keys() - wanted))

    def _seeded(self) -> SeededComparison | None:
        """What a mix-up of inputs or outputs would change, on synthetic inputs that are all different."""
        model = self._subject.reference.model
        if len(model.inputs) < 2 and len(model.outputs) < 2:
            return None
        made_up = synthetic_columns(self._subject.exact, self._subject.made)
        columns = to_arrays({f.alias: f.tensor for f in self._subject.made.feeds}, made_up)
        answers, pixels = self._export(columns)
        return seeded(self._subject, AnsweredBatch(columns, pixels, answers))


def _scores(answers: Mapping[str, Array], expected: ExpectedReply) -> tuple[Array, Array]:
    """One score per class by the export and by the model; without class scores, all numbers of the first output.

    If the project omits the scores from the reply, the model's own are used for both: labels and top-k scores are
    compared separately.
    """
    theirs = expected.class_scores()
    shown = {w.output: key for key, w in expected.wanted().items() if w.values is expected.outputs.get(w.output)}
    if theirs is not None:
        key = shown.get(expected.scored, "")
        ours = expected.by_class(answers[key]) if key in answers else theirs
        return ours if ours is not None and ours.shape == theirs.shape else theirs, theirs
    output = next((name for name in shown if shown[name] in answers), next(iter(expected.outputs)))
    theirs = expected.outputs[output].reshape(len(expected.outputs[output]), -1)
    ours = answers[shown[output]] if shown.get(output) in answers else theirs
    return ours.reshape(len(ours), -1), theirs


def _best(scores: Array) -> Array:
    """The class of each row's largest score; NaN never counts."""
    if scores.shape[-1] == 0 or scores.dtype.kind in "OSU":
        return np.zeros(len(scores), int)
    found: Array = np.where(np.isnan(scores.astype(float)), -np.inf, scores).argmax(-1)
    return found
