"""Runtime reach: what an export says of the oldest TensorFlow that reads it, against the loaders' own rules."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from google.protobuf import text_format

from workbench.core.export import export
from workbench.core.lazy import tensorflow
from workbench.core.savedmodel.reach import reach, releases
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import RuntimeHold, RuntimeReach
from workbench.spec.preprocess import FORMATS, Formats
from workbench.spec.project import load_project
from workbench.spec.resources import resource
from workbench.spec.runtime import oldest_runtime, release_key

Write = Callable[..., Path]
Node = tuple[str, str, dict[str, Any]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a SavedModel of nodes (name, op, attributes) and functions of such, by TensorFlow's own protos."""

    def make(
        nodes: list[Node], functions: dict[str, list[Node]] | None = None, name: str = "m", *, text: bool = False
    ) -> Path:
        tensorflow()
        from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

        message = SavedModel(saved_model_schema_version=1)
        meta = message.meta_graphs.add()
        meta.meta_info_def.tags.append("serve")
        fill(meta.graph_def.node, nodes)
        for function, inner in (functions or {}).items():
            added = meta.graph_def.library.function.add()
            added.signature.name = function
            fill(added.node_def, inner)
        folder = tmp_path / name
        folder.mkdir()
        if text:
            (folder / "saved_model.pbtxt").write_text(text_format.MessageToString(message))
        else:
            (folder / "saved_model.pb").write_bytes(message.SerializeToString())
        return folder

    return make


def fill(place: Any, nodes: list[Node]) -> None:
    for name, op, attributes in nodes:
        node = place.add(name=name, op=op)
        for key, value in attributes.items():
            if isinstance(value, bytes):
                node.attr[key].tensor.tensor_content = value
            else:
                node.attr[key].i = value


def test_our_exports_are_read_by_every_release_there_is(exported: Callable[[str], Path]) -> None:
    for name in ("tiny_cnn", "image_and_features", "mobilenet"):
        assert reach(exported(name)) == RuntimeReach("1.15")


@pytest.mark.parametrize("formats", FORMATS)
def test_the_formats_of_a_project_need_the_release_that_the_table_names(tmp_path: Path, formats: Formats) -> None:
    sample = resource("sample", "project.toml")
    project = load_project(sample)
    assert project.preprocess
    preprocess = msgspec.structs.replace(project.preprocess, formats=formats)
    export(msgspec.structs.replace(project, preprocess=preprocess), sample.parent, tmp_path / "out")
    assert reach(tmp_path / "out").oldest == oldest_runtime(preprocess)


def test_an_export_of_keras_is_held_back_by_what_old_runtimes_complain_of(tmp_path: Path) -> None:
    """TF 1.15.5 refused such an export with these very words: `debug_name`, then `DisableCopyOnRead`."""
    tensorflow()
    import keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="d")])
    model.export(tmp_path / "m", verbose=False)
    found = reach(tmp_path / "m")
    assert found.oldest == "2.15"
    assert found.unknown == ()
    newest, *older = found.held_back
    assert (newest.op, newest.attribute, newest.since) == ("VarHandleOp", "debug_name", "2.15")
    assert newest.node
    assert [(h.op, h.since) for h in older if h.op == "DisableCopyOnRead"] == [("DisableCopyOnRead", "2.10")]
    keys = [release_key(h.since) for h in found.held_back]
    assert keys == sorted(keys, reverse=True)


def test_what_tf_saved_model_writes_is_named_by_the_function_it_stands_in(tmp_path: Path) -> None:
    tf = tensorflow()

    class Decoder(tf.Module):  # type: ignore[misc,name-defined]
        @tf.function(input_signature=[tf.TensorSpec([], tf.string, "x")])  # type: ignore[untyped-decorator]
        def serve(self, x: Any) -> Any:
            return {"y": tf.io.decode_image(x, expand_animations=False)}

    module = Decoder()
    tf.saved_model.save(module, str(tmp_path / "m"), signatures={"serving_default": module.serve})
    (hold,) = [h for h in reach(tmp_path / "m").held_back if h.op == "DecodeImage"]
    assert hold.since == "2.4"
    assert hold.node.startswith("__inference_")
    assert ":" in hold.node


def test_one_entry_an_op_and_attribute_with_its_first_node_the_newest_first(write: Write) -> None:
    folder = write(
        [
            ("a", "MatMul", {"T": 1}),
            ("b", "MatMul", {"T": 1, "grad_a": 0}),
            ("c", "MatMul", {"grad_a": 1, "grad_b": 1}),
            ("d", "DecodeImage", {}),
            ("e", "DecodeImage", {}),
            ("f", "XlaCallModule", {"version": 5}),
        ]
    )
    assert reach(folder) == RuntimeReach(
        "2.16",
        (
            RuntimeHold("MatMul", "2.16", "b", "grad_a"),
            RuntimeHold("MatMul", "2.16", "c", "grad_b"),
            RuntimeHold("XlaCallModule", "2.12", "f", "version"),
            RuntimeHold("XlaCallModule", "2.10", "f"),
            RuntimeHold("DecodeImage", "2.4", "d"),
        ),
    )


def test_attributes_that_loaders_ignore_hold_nothing_back(write: Write) -> None:
    attributes = {"_debug_name": 1, "_output_shapes": 1, "shared_name": 1}
    assert reach(write([("v", "VarHandleOp", attributes)])) == RuntimeReach("1.15")


def test_an_op_of_no_release_is_unknown_and_no_release_is_the_oldest(write: Write) -> None:
    found = reach(write([("n", "MyOwnOp", {}), ("m", "MyOwnOp", {}), ("d", "DecodeImage", {})]))
    assert found == RuntimeReach("", (RuntimeHold("DecodeImage", "2.4", "d"),), ("MyOwnOp",))


def test_an_op_that_has_ended_is_told_with_its_last_release(write: Write) -> None:
    found = reach(write([("r", "Rpc", {}), ("c", "TfLiteSubgraphExecute", {})]))
    assert (found.oldest, found.unknown) == ("", ("Rpc (until 2.4)", "TfLiteSubgraphExecute (until 2.18)"))


def test_functions_of_the_library_are_looked_into_and_are_no_ops_themselves(write: Write) -> None:
    folder = write(
        [("call", "my_function", {}), ("v", "VarHandleOp", {})],
        {"my_function": [("v", "VarHandleOp", {"debug_name": 1}), ("inner", "my_other", {})], "my_other": []},
    )
    assert reach(folder) == RuntimeReach("2.15", (RuntimeHold("VarHandleOp", "2.15", "my_function:v", "debug_name"),))


def test_what_stands_beside_large_tensors_is_read_and_they_are_not(write: Write) -> None:
    large = bytes(range(256)) * 4000
    nodes: list[Node] = [
        ("w" * 300, "Const", {"dtype": 1, "value": large}),
        ("new", "VarHandleOp", {"container": large, "debug_name": 1}),
        ("end", "DecodeImage", {}),
    ]
    folder = write([*nodes, ("call", "f", {})], {"f": [("x", "OwnOp", {"value": large})]})
    found = reach(folder)
    assert [(h.node, h.attribute) for h in found.held_back] == [("new", "debug_name"), ("end", "")]
    assert found.unknown == ("OwnOp",)


def test_the_text_form_is_read_too(write: Write) -> None:
    nodes: list[Node] = [("v", "VarHandleOp", {"debug_name": 1, "value": b"\x00\xff"})]
    assert reach(write(nodes, text=True)) == RuntimeReach(
        "2.15", (RuntimeHold("VarHandleOp", "2.15", "v", "debug_name"),)
    )


def test_of_several_graphs_the_served_one_counts(write: Write) -> None:
    tensorflow()
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    path = write([("d", "DecodeImage", {})]) / "saved_model.pb"
    message = SavedModel.FromString(path.read_bytes())
    training = SavedModel()
    training.meta_graphs.add().meta_info_def.tags.append("train")
    training.meta_graphs[0].graph_def.node.add(name="n", op="MyOwnOp")
    training.meta_graphs.append(message.meta_graphs[0])
    path.write_bytes(training.SerializeToString())
    assert reach(path.parent).oldest == "2.4"


@pytest.mark.parametrize("damage", ["cut", "length", "kind", "text", "empty", "gone"])
def test_damage_is_told_as_an_error_of_ours(write: Write, damage: str) -> None:
    path = (
        write([("w", "Const", {"value": bytes(20_000)}), ("x", "Const", {"value": bytes(20_000)})]) / "saved_model.pb"
    )
    whole = path.read_bytes()
    content = {
        "cut": whole[: len(whole) // 2],
        "length": whole + b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        "kind": whole + b"\x13",
        "text": b"<!DOCTYPE html><html></html>",
        "empty": b"",
        "gone": None,
    }[damage]
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WorkbenchError) as caught:
        reach(path.parent)
    assert caught.value.code == ("NOT_A_SAVEDMODEL" if damage == "gone" else "BAD_SAVEDMODEL")
    assert caught.value.where == str(path.parent)


def test_every_place_a_file_can_be_cut_at_is_an_error_or_a_shorter_graph(write: Write) -> None:
    path = write([("w", "Const", {"value": bytes(5000)}), ("v", "VarHandleOp", {"debug_name": 1})]) / "saved_model.pb"
    whole = path.read_bytes()
    for length in (*range(40), *range(5000, len(whole))):
        path.write_bytes(whole[:length])
        with pytest.raises(WorkbenchError, match=r"damaged|no MetaGraph"):
            reach(path.parent)


def test_the_table_is_whole_and_in_order() -> None:
    table = json.loads(resource("runtime", "ops_by_runtime.json").read_text())
    known = releases()
    assert [release_key(r) for r in known] == sorted(release_key(r) for r in known)
    named = {op["since"] for op in table["ops"].values()} | {op.get("last", "2.21") for op in table["ops"].values()}
    named |= {release for op in table["ops"].values() for release in op.get("attrs", {}).values()}
    assert named <= set(known)


def test_the_table_agrees_with_the_tensorflow_installed_here() -> None:
    tf = tensorflow()
    from tensorflow.python.framework import op_def_registry

    ops = json.loads(resource("runtime", "ops_by_runtime.json").read_text())["ops"]
    names = [name for name in dir(tf.raw_ops) if not name.startswith("_")]
    assert len(names) > 1000
    assert [name for name in names if name not in ops or "last" in ops[name]] == []
    for name in names:
        attributes = {a.name for a in op_def_registry.get(name).attr}
        assert set(ops[name].get("attrs", {})) <= attributes, name
    # "2.11" is that of TensorFlow's own test ops, which the Python package still registers for itself.
    ended = [name for name, op in ops.items() if op.get("last", "2.11") != "2.11"]
    assert [name for name in ended if op_def_registry.get(name) is not None] == []
    assert len(ended) > 50
