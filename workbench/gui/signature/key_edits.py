"""What typing in a table of keys, ticking a row, adding and removing do to the project. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

import msgspec

from workbench.gui.signature.key_rows import BEST, IMAGE, OUTPUT, PASSED, TENSOR, TOP_LABELS, TOP_SCORES, KeyColumn
from workbench.spec.foreign_json import json_value
from workbench.spec.model import ModelFacts, TensorFacts
from workbench.spec.project import Project
from workbench.spec.reply_outputs import scores_answer, scores_output
from workbench.spec.settings import Passthrough, SignatureSettings, plain

SHAPE: Final = r"\s*(?:(?:-?\d+|\?)\s*(?:,\s*(?:-?\d+|\?)\s*)*)?"
"""What may be typed as the shape of one instance: `4`, `-1,2`, `?,2`, nothing for one value."""

USUAL_TOP: Final = 5
"""Best labels where nobody has said how many: ImageNet's top-5."""

_T = TypeVar("_T")


def typed(facts: ModelFacts, project: Project, row: str, column: int, text: str) -> Project:
    """The project after a cell has been edited."""
    if column == KeyColumn.DEFAULT:
        return _with_default(facts, project, row, text)
    if row.startswith(PASSED):
        return _with_passthrough(project, int(row.removeprefix(PASSED)), column, text.strip())
    return _with_key(facts, project, row, text.strip())


def ticked(facts: ModelFacts, project: Project, row: str, on: bool) -> Project:
    """The project with an answer put in or left out."""
    keys = project.signature
    if row.startswith(OUTPUT):
        return _signed(project, **_output_ticked(facts, keys, row.removeprefix(OUTPUT), on))
    if row == BEST:
        return _signed(project, best_key="label" if on else "")
    usual = SignatureSettings()
    if on:
        scores = scores_answer(facts, project)
        count = keys.top_k if keys.top_k > 0 else min(USUAL_TOP, scores.width if scores else USUAL_TOP)
        name = "labels_key" if row == TOP_LABELS else "top_scores_key"
        return _signed(project, top_k=count, **{name: getattr(keys, name) or getattr(usual, name)})
    left = keys.top_scores_key if row == TOP_LABELS else keys.labels_key
    if not left:
        # Nothing is left of the best labels: the next time both are there again.
        return _signed(project, top_k=0, labels_key=usual.labels_key, top_scores_key=usual.top_scores_key)
    return _signed(project, **{"labels_key" if row == TOP_LABELS else "top_scores_key": ""})


def with_top(project: Project, count: int) -> Project:
    """The project with another number of best labels; 0 leaves them out."""
    keys, usual = project.signature, SignatureSettings()
    silent = not keys.labels_key and not keys.top_scores_key
    names = {"labels_key": usual.labels_key, "top_scores_key": usual.top_scores_key} if silent else {}
    return _signed(project, top_k=count, **names)


def added(project: Project) -> Project:
    """The project with one more passthrough key, under a name that is free."""
    taken = {p.key for p in project.signature.passed()}
    names = itertools.chain(("object_id",), (f"key_{n}" for n in itertools.count(2)))
    fresh = next(name for name in names if name not in taken)
    return _signed(project, passthrough=(*project.signature.passthrough, fresh))


def removed(project: Project, place: int) -> Project:
    """The project without one of its passthrough keys."""
    passed = project.signature.passthrough
    gone = project.signature.passed()[place].key
    defaults = _without(project.signature.defaults, gone)
    return _signed(project, passthrough=(*passed[:place], *passed[place + 1 :]), defaults=defaults)


def parse_shape(text: str) -> tuple[int, ...]:
    """What was typed as a shape; what is none counts as one value."""
    if not re.fullmatch(SHAPE, text):
        return ()
    return tuple(-1 if part.strip() == "?" else int(part) for part in text.split(",") if part.strip())


def _with_passthrough(project: Project, place: int, column: int, text: str) -> Project:
    passed = list(project.signature.passed())
    old = passed[place]
    passed[place] = _passed(old, column, text)
    defaults = _renamed(project.signature.defaults, old.key, passed[place].key)
    return _signed(project, passthrough=tuple(plain(p) for p in passed), defaults=defaults)


def _passed(old: Passthrough, column: int, text: str) -> Passthrough:
    match column:
        case KeyColumn.KEY:
            return msgspec.structs.replace(old, key=text, reply="" if old.reply == text else old.reply)
        case KeyColumn.WHAT:
            return msgspec.structs.replace(old, reply="" if text == old.key else text)
        case KeyColumn.TYPE:
            return msgspec.structs.replace(old, dtype=text)
    return msgspec.structs.replace(old, shape=parse_shape(text))


def _with_key(facts: ModelFacts, project: Project, row: str, text: str) -> Project:
    keys = project.signature
    if row.startswith(IMAGE):
        return _with_image_key(project, row.removeprefix(IMAGE), text)
    if row.startswith(TENSOR):
        name = row.removeprefix(TENSOR)
        inputs = _named(keys.inputs, facts.inputs, name, text)
        old = keys.inputs.get(name, name)
        return _signed(project, inputs=inputs, defaults=_renamed(keys.defaults, old, text))
    if row.startswith(OUTPUT):
        return _signed(project, **_output_key(facts, keys, row.removeprefix(OUTPUT), text))
    if not text:
        return ticked(facts, project, row, False)
    return _signed(project, **{{TOP_LABELS: "labels_key", TOP_SCORES: "top_scores_key", BEST: "best_key"}[row]: text})


def _with_image_key(project: Project, name: str, text: str) -> Project:
    if name not in project.images:
        return _signed(project, image_key=text)
    own = project.signature.inputs.get(name, name)
    image = msgspec.structs.replace(project.images[name], key="" if text == own else text)
    return msgspec.structs.replace(project, images=project.images | {name: image})


def _output_key(facts: ModelFacts, keys: SignatureSettings, name: str, text: str) -> dict[str, object]:
    scores = scores_output(facts, keys)
    if scores is not None and scores.name == name:
        return {"scores_key": text, "outputs": _without(keys.outputs, name)}
    return {"outputs": _named(keys.outputs, facts.outputs, name, text)}


def _output_ticked(facts: ModelFacts, keys: SignatureSettings, name: str, on: bool) -> dict[str, object]:
    if not on:
        return {"outputs": _named(keys.outputs, facts.outputs, name, "")}
    return {
        "outputs": _named(keys.outputs, facts.outputs, name, name),
        "scores_key": keys.scores_key or SignatureSettings().scores_key,
    }


def _with_default(facts: ModelFacts, project: Project, row: str, text: str) -> Project:
    keys = project.signature
    if row.startswith(PASSED):
        key = keys.passed()[int(row.removeprefix(PASSED))].key
    else:
        name = row.removeprefix(TENSOR)
        key = keys.inputs.get(name, name)
    value = _json_or_text(text.strip())
    defaults = _without(keys.defaults, key) if value == "" else keys.defaults | {key: value}
    return _signed(project, defaults=defaults)


def _json_or_text(text: str) -> object:
    try:
        value: object = json_value(text)
    except ValueError:
        return text
    # TOML has no word for null.
    return text if "null" in text else value


def _named(names: Mapping[str, str], tensors: Sequence[TensorFacts], name: str, text: str) -> dict[str, str]:
    """The model's names with one given anew; its own name is no entry, and names the model lacks are dropped."""
    known = {tensor.name for tensor in tensors}
    return {key: value for key, value in {**names, name: text}.items() if value != key and key in known}


def _renamed(mapping: Mapping[str, _T], old: str, new: str) -> dict[str, _T]:
    return {new if key == old else key: value for key, value in mapping.items()}


def _without(mapping: Mapping[str, _T], name: str) -> dict[str, _T]:
    return {key: value for key, value in mapping.items() if key != name}


def _signed(project: Project, **changes: object) -> Project:
    return msgspec.structs.replace(project, signature=msgspec.structs.replace(project.signature, **changes))
