"""What a prediction is asked with: its request, its title, and the settings that its rows depend on."""

from __future__ import annotations

from pathlib import Path

import msgspec

from workbench.gui.dropped_files import holds_records
from workbench.gui.project.session import ProjectSession
from workbench.gui.rows.input_values import InputValues
from workbench.gui.texts import tr
from workbench.spec.messages import Predict
from workbench.spec.project import Project
from workbench.spec.reply_keys import ReplyKeys


def prediction_request(
    session: ProjectSession,
    given: InputValues,
    inputs: tuple[str, ...],
    *,
    reading: ReplyKeys,
    results: Path,
    compare: bool,
) -> Predict:
    """The request for images, or for one file of records; its rows go into the file `results`."""
    assert session.project is not None  # Nothing is predicted without one.
    return Predict(
        id=0,
        project=session.project,
        base=session.base,
        inputs=inputs,
        results=str(results),
        reading=reading,
        values=given.values,
        features=given.matched(inputs),
        compare=compare,
        records=holds_records(inputs[0]),
    )


def prediction_title(inputs: tuple[str, ...]) -> str:
    """What the job is called while it runs."""
    if holds_records(inputs[0]):
        return tr("PredictionRun", "Predicting {name}").format(name=Path(inputs[0]).name)
    return tr("PredictionRun", "Predicting {n} images").format(n=len(inputs))


def prediction_settings(session: ProjectSession, given: InputValues) -> tuple[object, ...]:
    """The model, the parts of the project that count, and the values given beside the images; to be compared only."""
    return (session.model_path, session.model_hash, _what_counts(session.project), given.state())


def _what_counts(project: Project | None) -> object:
    """What of a project a prediction depends on; labels count only where they are answered, places never."""
    if project is None:
        return None
    signature = project.signature
    if not (signature.top_k or signature.best_key or signature.classify):
        signature = msgspec.structs.replace(signature, labels=())
    return project.preprocess, project.images, signature, project.export, project.custom, project.architecture
