"""Compares an export with the Keras model's own prediction for the image as training read it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.core.instances.image_instances import Features, Values, make_instance
from workbench.core.instances.instance_form import InstanceForm, form_of_composition
from workbench.core.model.load import load_scanned
from workbench.core.model.load_permission import extras_of, options_for, scan
from workbench.core.progress import Report, silent
from workbench.core.training.expected_reply import ExpectedReply
from workbench.core.training.image_reading import read_one
from workbench.core.training.keras_reference import KerasReference
from workbench.spec.errors import WorkbenchError
from workbench.spec.image_feeds import pictures
from workbench.spec.model import Row
from workbench.spec.project import Project
from workbench.spec.reply_keys import ReplyKeys, scores_of
from workbench.spec.reply_outputs import scores_answer
from workbench.spec.row_summary import KerasDifference
from workbench.spec.signature import compose
from workbench.spec.step_files import located

Array = npt.NDArray[Any]


class KerasComparison:
    """Compares rows of images with the Keras model's predictions for the same files, read as in training.

    The difference therefore covers everything between the two: decoding, resizing, scaling, the joined graph.
    """

    def __init__(
        self, project: Project, base: Path, values: Values, features: Features, report: Report = silent
    ) -> None:
        """Load the model. Raises what loading raises, and `WorkbenchError` NO_SCORES if there is nothing to compare."""
        extras = extras_of(project, base)
        facts = scan(base / project.model, extras, report)
        model = load_scanned(facts, report, options_for(facts, extras))
        self._model, exact = KerasReference(model.keras_model), model.facts
        self._project, self._values, self._features = project, values, features
        self._tensors = exact.inputs
        made = compose(exact, project)
        made.refuse_problems(where=str(base / project.model))
        self._form: InstanceForm = form_of_composition(made)
        self._feeds = {feed.source: feed for feed in made.feeds if feed.kind != "passthrough"}
        self._pictures = {one.tensor.name: one for one in pictures(exact, project)}
        self._base = base
        if scores_answer(exact, project) is None:
            text = "Only scores can be compared with the Keras model, and this model has none."
            raise WorkbenchError("NO_SCORES", text)

    def compare(self, rows: Sequence[Row], reading: ReplyKeys) -> list[KerasDifference | None]:
        """One comparison per row; `None` if there is no prediction, or if training could not have read the image."""
        wanted = [n for n, row in enumerate(rows) if row.prediction is not None]
        made = {n: columns for n in wanted if (columns := self._columns(rows[n].source)) is not None}
        found: list[KerasDifference | None] = [None] * len(rows)
        if not made:
            return found
        for n, theirs in zip(made, self._answers(list(made.values())), strict=True):
            ours = np.asarray(scores_of(rows[n].prediction or {}, reading))
            if ours.shape == theirs.shape and ours.size:
                found[n] = KerasDifference(float(np.max(np.abs(ours - theirs))), bool(ours.argmax() != theirs.argmax()))
        return found

    def _columns(self, source: str) -> dict[str, Array] | None:
        """The model's inputs for one file, by name."""
        try:
            instance = make_instance(self._form, source, self._values, self._features)
            return {t.name: self._input(t.name, t.dtype, instance) for t in self._tensors}
        except WorkbenchError:
            return None

    def _input(self, name: str, dtype: str, instance: dict[str, Any]) -> Array:
        value = instance[self._feeds[name].alias]
        picture = self._pictures.get(name)
        if picture is None:
            return np.asarray(value, dtype)
        shape = picture.tensor.shape
        assert shape is not None  # An image input is known by its shape.
        return read_one(value, located(picture.preprocess, self._base), int(shape[3] or 3)).astype(dtype)

    def _answers(self, rows: list[dict[str, Array]]) -> list[Array]:
        """The scores of some rows, as the export returns them."""
        given = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
        scores = ExpectedReply(self._project, self._model.predict(given)).class_scores()
        assert scores is not None  # Checked by the constructor.
        return list(scores)
