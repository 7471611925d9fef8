"""Builds the reply's tensors: the model's outputs, top-k labels and scores, passthrough keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workbench.core.lazy import tensorflow
from workbench.spec.reply_outputs import ScoresOutput
from workbench.spec.settings import SignatureSettings
from workbench.spec.tensors import SignatureOutput

Tensor = Any


class OutputBuilder:
    """Creates the tensors of the reply in the default graph; those that several keys need are created once.

    `outputs` are the model's outputs by name, `inputs` the serving signature's inputs by alias. `scores` describes the
    output that the labels belong to, `None` if there is none.
    """

    def __init__(
        self,
        keys: SignatureSettings,
        scores: ScoresOutput | None,
        outputs: Mapping[str, Tensor],
        inputs: Mapping[str, Tensor],
        best: int,
    ) -> None:
        self._keys, self._scores, self._inputs = keys, scores, inputs
        self._outputs = dict(outputs)
        self._best = best
        self._made: dict[str, Any] = {}
        self._makers: dict[str, Callable[[], Tensor]] = {
            "top_labels": self._top_labels,
            "top_scores": self._top_scores,
            "best": self._best_one,
            "all_labels": self._all_labels,
            "all_scores": self._all_scores,
        }
        if scores is not None and keys.activation:
            activation = getattr(tensorflow().nn, keys.activation)
            self._outputs[scores.source] = activation(self._outputs[scores.source])

    def tensor(self, answer: SignatureOutput) -> Tensor:
        """The tensor of one signature output, batch first."""
        if answer.kind == "passthrough":
            return self._inputs[answer.source]
        if answer.kind == "output":
            return self._outputs[answer.source]
        return self._makers[answer.kind]()

    def _all_scores(self) -> Tensor:
        """One score per class `(n, width)`: a single unit is the score of the second class, 1 minus it that of the
        first."""
        if "all" not in self._made:
            tf = tensorflow()
            assert self._scores is not None  # The composer creates no such output without scores.
            scores = self._outputs[self._scores.source]
            self._made["all"] = tf.concat([1.0 - scores, scores], -1) if self._scores.two_class else scores
        return self._made["all"]

    def _top(self) -> Any:
        if "top" not in self._made:
            self._made["top"] = tensorflow().math.top_k(self._all_scores(), self._best)
        return self._made["top"]

    def _top_scores(self) -> Tensor:
        return self._top()[0]

    def _top_labels(self) -> Tensor:
        return self._named(self._top()[1])

    def _best_one(self) -> Tensor:
        return self._named(self._top()[1][:, 0])

    def _all_labels(self) -> Tensor:
        tf = tensorflow()
        count = tf.shape(self._all_scores())[0]
        return tf.tile(self._labels()[None], tf.stack([count, 1]))

    def _named(self, places: Tensor) -> Tensor:
        tf = tensorflow()
        if not self._keys.labels:
            return places
        with tf.device("/CPU:0"):
            return tf.gather(self._labels(), places)

    def _labels(self) -> Tensor:
        tf = tensorflow()
        with tf.device("/CPU:0"):
            return tf.constant([label.encode() for label in self._keys.labels], name="labels")


def most_wanted(answers: Sequence[SignatureOutput]) -> int:
    """How many of the best scores the signature outputs need."""
    widths = [a.tensor.shape[1] for a in answers if a.kind.startswith("top_") and a.tensor.shape]
    return max([1, *widths])
