"""Across modules. Request keys and `tf.saved_model.load`: what the lint refuses is truly refused, and its neighbours
are served.

The models here are written by TensorFlow's own v1 builder, with none of the Workbench's code.
"""

from __future__ import annotations

import keyword
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support import IMAGE, facts

from workbench.core.lazy import tensorflow
from workbench.spec.defaults import default_project
from workbench.spec.settings import Passthrough
from workbench.spec.signature import compose

PAIRS = (("a-b", "a_b"), ("a.b", "a-b"), ("1", "arg_1"), ("_x", "arg__x"), ("-", "arg__"), ("x.y-z", "x_y_z"))
NEIGHBOURS = ("match", "type", "case", "class_", "None_", "none", "cls", "args", "kwargs", "print", "name", "selfish")
ALONE = ("a-b", "a.c", "1", "_x", "-", "A_b", "if-", "lambda.")


def write(folder: Path, keys: Sequence[str], answered: Sequence[str] = ()) -> str:
    """A model that answers each request key's values under the same reply key, or the first one's as `answered`."""
    tf1 = tensorflow().compat.v1
    with tf1.Graph().as_default(), tf1.Session() as session:
        ins = {key: tf1.placeholder(tf1.float32, [None], name=f"in_{n}") for n, key in enumerate(keys)}
        outs = {key: tf1.identity(tensor, name=f"out_{n}") for n, (key, tensor) in enumerate(ins.items())}
        outs = {key: tf1.identity(ins[keys[0]], name=f"answer_{n}") for n, key in enumerate(answered)} or outs
        signature = tf1.saved_model.predict_signature_def(ins, outs)
        builder = tf1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, ["serve"], {"serving_default": signature})
        builder.save()
    return str(folder)


def served_by_session(folder: str, keys: Sequence[str]) -> dict[str, float]:
    tf1 = tensorflow().compat.v1
    with tf1.Graph().as_default(), tf1.Session() as session:
        definition = tf1.saved_model.load(session, ["serve"], folder).signature_def["serving_default"]
        fed = {definition.inputs[key].name: [float(n)] for n, key in enumerate(keys)}
        found = session.run({key: info.name for key, info in definition.outputs.items()}, fed)
    return {key: float(value[0]) for key, value in found.items()}


def called(folder: str, keys: Sequence[str]) -> dict[str, float]:
    tf = tensorflow()
    function = tf.saved_model.load(folder).signatures["serving_default"]
    given: dict[str, Any] = {key: tf.constant([float(n)]) for n, key in enumerate(keys)}
    return {key: float(value.numpy()[0]) for key, value in function(**given).items()}


def codes(keys: Sequence[str | Passthrough], **more: object) -> list[str]:
    project = default_project(facts(IMAGE), "m.h5")
    signature = msgspec.structs.replace(project.signature, passthrough=tuple(keys), **more)
    return [p.code for p in compose(facts(IMAGE), msgspec.structs.replace(project, signature=signature)).problems]


@pytest.mark.parametrize("key", keyword.kwlist)
def test_a_keyword_is_served_by_the_v1_loader_and_refused_by_the_other(key: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "m", ["x", key])
    assert served_by_session(folder, ["x", key]) == {"x": 0.0, key: 1.0}
    with pytest.raises(ValueError, match=f"'{key}' is not a valid parameter name"):
        tensorflow().saved_model.load(folder)
    assert codes([key]) == ["KEYWORD_ALIAS"]


@pytest.mark.parametrize("keys", PAIRS)
def test_keys_that_fall_together_are_served_by_the_v1_loader_and_refused_by_the_other(
    keys: tuple[str, str], tmp_path: Path
) -> None:
    folder = write(tmp_path / "m", keys)
    assert served_by_session(folder, keys) == {keys[0]: 0.0, keys[1]: 1.0}
    with pytest.raises(ValueError, match="duplicate parameter name"):
        tensorflow().saved_model.load(folder)
    assert "SAME_ARGUMENT" in codes(keys)


def test_self_opens_and_no_caller_can_pass_it(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="multiple values for argument 'self'"):
        called(write(tmp_path / "m", ["self", "x"]), ["self", "x"])
    assert codes(["self"]) == ["KEYWORD_ALIAS"]


@pytest.mark.parametrize("keys", [NEIGHBOURS, ALONE])
def test_their_neighbours_are_accepted_and_come_back(keys: tuple[str, ...], tmp_path: Path) -> None:
    expected = {key: float(n) for n, key in enumerate(keys)}
    folder = write(tmp_path / "m", keys)
    assert served_by_session(folder, keys) == called(folder, keys) == expected
    assert not {"KEYWORD_ALIAS", "SAME_ARGUMENT"} & set(codes(keys))


def test_reply_keys_may_be_keywords_and_fall_together(tmp_path: Path) -> None:
    replies = ("class", "self", "x-y", "x_y")
    passed = [Passthrough(f"key{n}", reply) for n, reply in enumerate(replies)]
    assert codes(passed, scores_key="lambda") == []
    folder = write(tmp_path / "m", ["x"], answered=(*replies, "lambda"))
    assert set(called(folder, ["x"])) == {*replies, "lambda"}
