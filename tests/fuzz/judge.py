"""Opens and exports random models with the workbench, and compares every tensor with the writer's record by its key."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from fuzz.records import Leaf, Record, worst
from fuzz.trees import Tree, flatten
from PIL import Image

from workbench.core.export import export
from workbench.core.lazy import tensorflow
from workbench.core.model.load import load
from workbench.spec.defaults import default_project
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import ModelFacts, TensorFacts
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project
from workbench.spec.settings import ImageInput
from workbench.spec.signature import Composition, compose

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Verdict:
    """`right`, `wrong`, or the code of a refusal; `text` says where and why."""

    outcome: str
    text: str = ""


class WrongError(Exception):
    """An answer is not the recorded one, or cannot be found by its key."""


def judge(record: Record) -> Verdict:
    """Open, predict, export and run one file."""
    try:
        _opened_and_exported(record)
    except WorkbenchError as err:
        return Verdict(err.code, f"{err.message} {err.hint}".strip())
    except WrongError as err:
        return Verdict("wrong", str(err))
    return Verdict("right")


def matched(tree: Tree, leaves: Sequence[Leaf], facts: Sequence[TensorFacts]) -> dict[str, int]:
    """The leaf of the record that each tensor stands for, by the workbench's name.

    The one place that knows how the workbench names tensors: below a dict by the author's keys (`key_of`), else, in
    the order of the lists, by the layers they come from. Raises `WrongError`.
    """
    names = [t.name for t in facts]
    if len(names) != len(leaves) or len(set(names)) != len(names):
        raise WrongError(f"tensors named {names} where the author wrote {[leaf.path for leaf in leaves]}")
    places = [place for _, place in flatten(tree)]
    keys = dict(zip(places, keys_of(tree), strict=True))
    by_key = {key: place for place, key in keys.items() if key}
    listed = [place for place in places if not keys[place]]
    left = [name for name in names if name not in by_key]
    fits = len(left) == len(listed) and all(_named_after(leaves[p], n) for p, n in zip(listed, left, strict=True))
    if not fits:
        raise WrongError(f"tensors named {names} where the author wrote {[leaf.path for leaf in leaves]}")
    both = by_key | dict(zip(left, listed, strict=True))
    return {name: both[name] for name in names}


def keys_of(tree: Tree, above: str = "") -> Iterator[str]:
    """The name of each leaf in the author's order: the dict keys around it joined by "_", and its place in a list of
    several below a dict (`wing_0`); empty outside of dicts."""
    if isinstance(tree, dict):
        for key, inner in tree.items():
            yield from keys_of(inner, f"{above}_{key}" if above else key)
    elif isinstance(tree, list):
        for place, inner in enumerate(tree):
            yield from keys_of(inner, f"{above}_{place}" if above and len(tree) > 1 else above)
    else:
        yield above


def _named_after(leaf: Leaf, name: str) -> bool:
    return name == leaf.layer or re.fullmatch(rf"{re.escape(leaf.layer)}_\d+", name) is not None


def _opened_and_exported(record: Record) -> None:
    model = load(record.path)
    facts = model.facts
    inputs, outputs = (
        matched(tree, leaves, told)
        for tree, leaves, told in (
            (record.inputs, record.given, facts.inputs),
            (record.outputs, record.answered, facts.outputs),
        )
    )
    _check_declared(facts.inputs, inputs, record.given)
    _check_declared(facts.outputs, outputs, record.answered)
    answers = model.predict([record.x[place] for place in inputs.values()])
    _compare("predict", record, dict(zip(outputs.values(), answers, strict=True)), slice(None))
    project = project_for(facts, record.path.name)
    folder = Path(export(project, record.path.parent).path)
    _check_export(record, folder, compose(facts, project), project.signature.tensor, inputs, outputs)


def _check_declared(facts: Sequence[TensorFacts], places: Mapping[str, int], leaves: Sequence[Leaf]) -> None:
    """The facts' dtypes and shapes are those of the record."""
    for told in facts:
        leaf = leaves[places[told.name]]
        if told.dtype != leaf.dtype or list(told.shape or ())[1:] != leaf.shape:
            raise WrongError(f"'{told.name}' is said to be {told.dtype} {told.shape}; it is {leaf}")


def _compare(what: str, record: Record, answers: Mapping[int, Array], rows: slice) -> None:
    for place, got in answers.items():
        far = worst(np.asarray(got), record.y[place][rows])
        if far > 1:
            others = [n for n, y in enumerate(record.y) if n != place and worst(np.asarray(got), y[rows]) <= 1]
            whose = f"; it is the answer of {record.answered[others[0]].path!r}" if others else ""
            leaf = record.answered[place]
            raise WrongError(f"{what}: output {leaf.path!r} of layer {leaf.layer} is {far:.3g} limits off{whose}")


def project_for(facts: ModelFacts, file: str) -> Project:
    """A project that reads each picture at its own size and hands bytes to those inputs that take bytes."""
    images = facts.image_inputs()
    if not images:
        return default_project(facts, file)
    own = {t.name: _reading(t) for t in images}
    made = default_project(facts, file, scale=own[images[0].name].scale)
    further = {t.name: ImageInput(preprocess=own[t.name]) for t in images[1:]}
    return msgspec.structs.replace(made, images=further)


def _reading(image: TensorFacts) -> Preprocess:
    _, height, width, _ = image.shape or ()
    assert height is not None
    assert width is not None
    return Preprocess(input=image.name, size=(height, width), scale="0..255" if image.dtype == "uint8" else "0..1")


def _check_export(
    record: Record,
    folder: Path,
    made: Composition,
    tensor: str,
    inputs: Mapping[str, int],
    outputs: Mapping[str, int],
) -> None:
    """The file's signatures in a plain v1 Session: tensors as they are, and pictures as JPEG where there are any."""
    sources = {f.alias: inputs[f.source] for f in made.feeds if f.kind != "passthrough"}
    with _session(folder) as run:
        for signature, rows in ((tensor, slice(None)), (made.serving, slice(2, None))):
            if signature not in made.signatures:
                continue
            columns = {alias: record.x[place][rows] for alias, place in sources.items()}
            if signature == made.serving:
                columns |= {alias: _jpegs(columns[alias]) for alias in made.image_aliases}
            answered = run(signature, columns | {key: _ids(rows) for key in made.passthrough})
            named = {outputs[a.source]: answered[a.alias] for a in made.answers if a.kind == "output"}
            if len(named) != len(outputs):
                raise WrongError(f"{signature} answers only {list(answered)}")
            _compare(signature, record, named, rows)


def _ids(rows: slice) -> Array:
    return np.array([b"a", b"b", b"c", b"d"], object)[rows]


def _jpegs(pictures: Array) -> Array:
    """Pictures of one grey each as JPEG files, which keep one grey exactly."""
    whole = pictures if pictures.dtype == np.uint8 else np.rint(pictures * 255).astype("uint8")
    found = []
    for picture in whole:
        out = io.BytesIO()
        Image.new("L", picture.shape[1::-1], int(picture[0, 0, 0])).convert("RGB").save(out, "JPEG", quality=100)
        found.append(out.getvalue())
    return np.array(found, object)


@contextmanager
def _session(folder: Path) -> Iterator[Any]:
    """TensorFlow's own v1 loader, and a way to run a signature by its keys."""
    tf1 = tensorflow().compat.v1
    with tf1.Session(graph=tf1.Graph()) as session:
        signatures = tf1.saved_model.loader.load(session, ["serve"], str(folder)).signature_def

        def run(name: str, columns: Mapping[str, Any]) -> dict[str, Array]:
            signature = signatures[name]
            if set(signature.inputs) != set(columns):
                raise WrongError(f"{name} asks for {sorted(signature.inputs)}, not {sorted(columns)}")
            fetches = {key: info.name for key, info in signature.outputs.items()}
            feeds = {signature.inputs[key].name: values for key, values in columns.items()}
            found: dict[str, Array] = session.run(fetches, feeds)
            return found

        yield run
