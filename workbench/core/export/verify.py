"""Verifies an export before it is published: reloaded in a TF 1 Session, every signature compared with the model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workbench.core.export.expected_outputs import class_scores, differences, model_inputs, model_outputs
from workbench.core.export.synthetic_instances import synthetic_columns
from workbench.core.instances.examples import examples_of
from workbench.core.keras_internals import flat_layers
from workbench.core.lazy import tensorflow
from workbench.core.model.load import LoadedModel
from workbench.core.savedmodel.read import read_signatures
from workbench.core.savedmodel.session import ServingSession
from workbench.spec.errors import WorkbenchError
from workbench.spec.project import Project
from workbench.spec.signature import CLASSIFY_INPUT, CLASSIFY_METHOD, Composition
from workbench.spec.tensors import SignatureOutput, pixel_tensor

Array = npt.NDArray[Any]
Outputs = Mapping[str, Array]

TOLERANCES: Final = {"float32": 1e-5, "float16": 2.0**-10, "bfloat16": 2.0**-7}
"""Largest accepted difference by the coarsest dtype of the computation, relative to the largest score if that
exceeds 1."""


def check_signatures(folder: Path, composition: Composition) -> None:
    """Check that a file's signatures are the composed ones. Raises `WorkbenchError` EXPORT_SIGNATURE."""
    written = read_signatures(folder).signatures
    if written != composition.signatures:
        text = "The written signature differs from the composed one; this is a fault of the Workbench."
        raise WorkbenchError("EXPORT_SIGNATURE", f"{text} {written} {composition.signatures}", where=str(folder))


def verify(
    session: ServingSession,
    plain: ServingSession,
    model: LoadedModel,
    made: Composition,
    project: Project,
    where: str = "",
) -> float:
    """The largest difference between an export and its model on synthetic instances.

    The model gets exactly the pixels that the export computed, so only the joined graph is judged here; every other
    signature must return what the serving one does. `plain` is a second session of the same export, for single calls.
    Raises `WorkbenchError` EXPORT_DIFFERS.
    """
    return _ExportComparison(session, plain, model, made, project, where).run()


class _ExportComparison:
    def __init__(
        self,
        session: ServingSession,
        plain: ServingSession,
        model: LoadedModel,
        made: Composition,
        project: Project,
        where: str,
    ) -> None:
        self._session, self._plain, self._model = session, plain, model
        self._made, self._project, self._where = made, project, where
        self._columns = synthetic_columns(model.facts, made)
        layers = flat_layers(model.keras_model)
        self._tolerance = max(TOLERANCES.get(str(getattr(layer, "compute_dtype", "")), 1e-5) for layer in layers)
        self._worst = 0.0

    def run(self) -> float:
        answered = self._session.run(self._made.serving, self._columns)
        expected = self._expected()
        for answer in self._made.answers:
            if answer.kind == "passthrough":
                self._same(answer, answered[answer.alias], np.asarray(self._columns[answer.source]))
            else:
                self._compare(answer, answered[answer.alias], expected)
        self._other_signatures(answered, expected)
        return self._worst

    def _pixels(self) -> dict[str, Array]:
        aliases = self._made.image_aliases
        names = [pixel_tensor(alias) for alias in aliases]
        found = self._plain.fetch(names, self._made.serving, self._columns) if names else []
        return dict(zip(aliases, found, strict=True))

    def _expected(self) -> dict[str, Array]:
        """The model's own outputs by name, on the pixels that the export computed, activation included."""
        inputs = model_inputs(self._model.facts, self._made, self._pixels(), self._columns)
        # Called eagerly: tracing `predict` costs more than it saves for three images.
        given = [tensorflow().constant(x, t.dtype) for x, t in zip(inputs, self._model.facts.inputs, strict=True)]
        return model_outputs(self._model.facts, self._project, self._model(given))

    def _compare(self, answer: SignatureOutput, got: Array, outputs: Outputs) -> None:
        if answer.kind == "output":
            self._near(answer, got, outputs[answer.source])
            return
        scores = class_scores(self._model.facts, self._project, outputs)
        assert scores is not None  # These outputs are computed from scores only.
        places = np.argsort(-scores, axis=-1, kind="stable")
        match answer.kind:
            case "all_scores":
                self._near(answer, got, scores)
            case "top_scores":
                self._near(answer, got, np.take_along_axis(scores, places[:, : got.shape[1]], -1))
            case "all_labels":
                self._same(answer, got, np.tile(self._labels(), (len(scores), 1)))
            case _:
                best = places[:, 0] if answer.kind == "best" else places[:, : got.shape[1]]
                self._named(answer, got, best, scores)

    def _named(self, answer: SignatureOutput, got: Array, places: Array, scores: Array) -> None:
        """Labels (or class numbers) of the best scores; two scores within the tolerance may be swapped."""
        ordered = np.sort(scores, axis=-1)
        if scores.shape[-1] > 1 and np.min(np.diff(ordered, axis=-1)) <= self._tolerance:
            return
        labels = self._labels()
        self._same(answer, got, labels[places] if len(labels) else places)

    def _labels(self) -> Array:
        return np.array([label.encode() for label in self._project.signature.labels], dtype=object)

    def _near(self, answer: SignatureOutput, got: Array, expected: Array) -> None:
        if expected.dtype.kind in "OSU":  # An output of texts, from an inverse lookup.
            self._same(answer, got, expected)
            return
        difference = float(differences(got, expected).max(initial=0.0))
        limit = self._tolerance * max(1.0, float(np.max(np.abs(expected), initial=0.0)))
        self._worst = max(self._worst, difference)
        if not difference <= limit:
            text = f"'{answer.alias}' differs from the model by {difference:.3g}, more than {limit:.3g}; not kept."
            raise WorkbenchError("EXPORT_DIFFERS", text, where=self._where, hint="Please report this model.")

    def _same(self, answer: SignatureOutput, got: Array, expected: Array) -> None:
        if got.tolist() != expected.tolist():
            raise WorkbenchError("EXPORT_DIFFERS", f"'{answer.alias}' was returned changed.", where=self._where)

    def _other_signatures(self, answered: Outputs, expected: Outputs) -> None:
        made, keys = self._made, self._project.signature
        if made.examples is not None:
            records = examples_of(made.feeds, self._columns)
            if keys.tf_example:
                self._agree(keys.tf_example, {keys.examples_key: records}, answered)
        if made.tensors:
            self._agree(keys.tensor, {**self._columns, **self._pixels()}, answered)
        for name, signature in made.signatures.items():
            if signature.method_name == CLASSIFY_METHOD:
                got = self._plain.run(name, {CLASSIFY_INPUT: records})
                for answer in made.classify:
                    self._compare(answer, got[answer.alias], expected)

    def _agree(self, name: str, columns: Mapping[str, Any], answered: Outputs) -> None:
        got = self._plain.run(name, columns)
        for answer in self._made.answers:
            ours, theirs = got[answer.alias], answered[answer.alias]
            if theirs.dtype.kind == "f":
                self._near(answer, ours, theirs)
            else:
                self._same(answer, ours, theirs)
