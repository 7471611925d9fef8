"""The C API's session says what Python's Session says, to the last bit and in its errors."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from native_models import write_tagged

from workbench.core.lazy import tensorflow
from workbench.core.savedmodel.native_graph import NativeGraph
from workbench.core.savedmodel.native_session import NativeSession
from workbench.core.savedmodel.session import ServingSession
from workbench.spec.errors import WorkbenchError
from workbench.spec.tensors import SignatureSpec

MODELS = ["tiny_cnn", "image_and_features", "mobilenet"]
Columns = dict[str, Any]


def columns(signature: SignatureSpec, images: Sequence[Path]) -> Columns:
    """A batch that suits a signature of the reference models' exports, of the images' own bytes."""
    random = np.random.default_rng(3)
    batch: Columns = {}
    for alias, tensor in signature.inputs.items():
        if tensor.dtype != "DT_STRING":
            assert tensor.shape is not None
            batch[alias] = random.random((len(images), *tensor.shape[1:])).astype("float32")
        elif alias == "examples":
            batch[alias] = [example(path) for path in images]
        else:
            batch[alias] = [path.read_bytes() if alias == "input" else path.name.encode() for path in images]
    return batch


def example(path: Path, *keys: str) -> bytes:
    """A serialized `tf.train.Example` with some or all of the keys that a reference model's export knows."""
    train = tensorflow().train

    def strings(value: bytes) -> Any:
        return train.Feature(bytes_list=train.BytesList(value=[value]))

    numbers = train.Feature(float_list=train.FloatList(value=np.linspace(0, 1, 8).tolist()))
    features = {"input": strings(path.read_bytes()), "metadata": strings(path.name.encode()), "Features": numbers}
    chosen = {key: features[key] for key in keys or features}
    made: bytes = train.Example(features=train.Features(feature=chosen)).SerializeToString()
    return made


def answer(session: Any, signature: str, batch: Columns) -> dict[str, np.ndarray[Any, Any]] | str:
    """What a run answers, or the code it fails with."""
    try:
        found: dict[str, np.ndarray[Any, Any]] = session.run(signature, batch)
    except WorkbenchError as err:
        return err.code
    return found


def same(found: np.ndarray[Any, Any], expected: np.ndarray[Any, Any]) -> bool:
    return (found.dtype, found.shape) == (expected.dtype, expected.shape) and np.array_equal(found, expected)


@pytest.mark.parametrize("layout", ["frozen", "variables"])
@pytest.mark.parametrize("name", MODELS)
def test_every_signature_of_an_export_answers_with_the_bytes_of_pythons_session(
    export_in: Callable[[str, str], Path], reference_images: list[Path], name: str, layout: str
) -> None:
    folder = export_in(name, layout)
    with closing(ServingSession(folder)) as python, closing(NativeSession(folder)) as native:
        assert native.signatures == python.signatures
        for key, signature in python.signatures.items():
            for images in (reference_images, reference_images[:1]):
                batch = columns(signature, images)
                expected, found = python.run(key, batch), native.run(key, batch)
                assert list(found) == list(expected)
                assert all(same(found[alias], expected[alias]) for alias in expected), (key, len(images))
            nothing = columns(signature, [])
            np.testing.assert_equal(answer(native, key, nothing), answer(python, key, nothing))


def failure(session: Any, signature: str, batch: Columns) -> tuple[str, str]:
    with pytest.raises(WorkbenchError) as caught:
        session.run(signature, batch)
    return caught.value.code, caught.value.message


def test_what_fails_in_a_run_fails_with_the_same_words(
    export_in: Callable[[str, str], Path], reference_images: list[Path]
) -> None:
    folder, image = export_in("tiny_cnn", "frozen"), reference_images[0].read_bytes()
    wrong: list[tuple[str, Columns]] = [
        ("serving_default", {"input": [b"no picture"], "metadata": ["a"]}),
        ("serving_default", {"input": [b""], "metadata": ["a"]}),
        ("serving_default", {"input": [image[: len(image) // 3]], "metadata": ["a"]}),
        ("serving_default", {"input": image, "metadata": ["a"]}),
        ("tensor", {"input": np.ones((1, 64, 64)), "metadata": ["a"]}),
        ("tensor", {"input": np.ones((1, 9, 9, 3)), "metadata": ["a"]}),
        ("tensor", {"input": [["a"]], "metadata": ["a"]}),
        ("tf_example", {"examples": [example(reference_images[0], "metadata")]}),
    ]
    with closing(ServingSession(folder)) as python, closing(NativeSession(folder)) as native:
        for signature, batch in wrong:
            assert failure(native, signature, batch) == failure(python, signature, batch)
        # Python's message begins with another line, of which `brief` makes the damaged bytes.
        code, message = failure(native, "tf_example", {"examples": [b"\x0a\x7fdamaged"]})
        assert (code, message[:29]) == ("RUN_FAILED", "Could not parse example input")


def test_inner_tensors_are_fetched_by_name_as_pythons_session_does(
    export_in: Callable[[str, str], Path], reference_images: list[Path]
) -> None:
    folder = export_in("image_and_features", "frozen")
    with closing(ServingSession(folder)) as python, closing(NativeSession(folder)) as native:
        signature = python.signatures["serving_default"]
        names = [t.name for t in python.signatures["tensor"].inputs.values()]
        names += [t.name for t in signature.outputs.values()] + names[:1]
        batch = columns(signature, reference_images)
        pairs = zip(
            native.fetch(names, "serving_default", batch), python.fetch(names, "serving_default", batch), strict=True
        )
        assert all(same(found, np.asarray(expected, found.dtype)) for found, expected in pairs)


@pytest.mark.parametrize("name", ["nothing:0", "rows:1", "rows:-1", "rows", "rows:", ":0", "", "rows:0:0", "^rows"])
def test_a_name_that_is_no_tensors_is_refused(native: NativeSession, name: str) -> None:
    with pytest.raises(WorkbenchError, match="the graph has no tensor") as caught:
        native.fetch([name], "sums", {"x": np.ones((1, 4))})
    assert caught.value.code == "RUN_FAILED"


def test_a_fetch_is_refused_for_a_shape_the_graph_rules_out(native: NativeSession, identities: Path) -> None:
    with closing(ServingSession(identities)) as python:
        for session in (native, python):
            with pytest.raises(WorkbenchError, match=r"Cannot feed value of shape \(2, 5\)") as caught:
                session.fetch(["sums:0"], "sums", {"x": np.ones((2, 5))})
            assert caught.value.code == "RUN_FAILED"


def test_one_tensor_under_two_keys_and_an_input_that_is_an_output_are_answered(
    native: NativeSession, identities: Path
) -> None:
    rows = np.arange(8, dtype="float32").reshape(2, 4)
    found = native.run("twice", {"x": rows})
    with closing(ServingSession(identities)) as python:
        np.testing.assert_equal(found, python.run("twice", {"x": rows}))
    assert (found["b"].tolist(), found["same"].tolist()) == ([6, 22], rows.tolist())
    assert not np.shares_memory(found["same"], rows)


def test_a_table_filled_by_the_loader_and_a_variable_are_there(lookup: Path) -> None:
    with closing(NativeSession(lookup)) as native:
        assert list(native.signatures) == ["serving_default"]
        assert native.run("serving_default", {"word": ["cow", "ant", "dog"]})["number"].tolist() == [20, 0, -10]


def test_an_unknown_signature_and_a_missing_column_are_refused(native: NativeSession) -> None:
    with pytest.raises(WorkbenchError, match="There is no signature 'no'") as caught:
        native.run("no", {})
    assert caught.value.code == "NO_SIGNATURE"
    with pytest.raises(WorkbenchError, match="There are no values for 'x'") as caught:
        native.run("sums", {})
    assert caught.value.code == "BAD_VALUE"


def refusal(folder: Path, tags: tuple[str, ...] = ("serve",)) -> WorkbenchError:
    with pytest.raises(WorkbenchError) as caught:
        NativeSession(folder, tags)
    return caught.value


def test_what_cannot_be_loaded_is_refused_and_the_process_goes_on(identities: Path, tmp_path: Path) -> None:
    assert refusal(tmp_path).code == "NOT_A_SAVEDMODEL"
    assert refusal(tmp_path / "nothing").code == "NOT_A_SAVEDMODEL"
    short = shutil.copytree(identities, tmp_path / "short") / "saved_model.pb"
    content = short.read_bytes()
    for size in (len(content) - 1, len(content) // 2, 1):
        short.write_bytes(content[:size])
        found = refusal(short.parent)
        assert (found.code, found.where) == ("CANNOT_LOAD", str(short.parent))
    short.write_bytes(b"")
    assert refusal(short.parent).code == "CANNOT_LOAD"
    (short.parent / "saved_model.pb").write_bytes(content)
    (short.parent / "variables" / "variables.index").write_bytes(b"damaged")
    assert refusal(short.parent).code == "CANNOT_LOAD"
    with closing(NativeSession(identities)) as session:
        assert session.run("sums", {"x": [[1, 2, 3, 4]]})["y"].tolist() == [10]


def test_an_operation_that_tensorflow_has_not_is_named(identities: Path, tmp_path: Path) -> None:
    file = shutil.copytree(identities, tmp_path / "custom") / "saved_model.pb"
    file.write_bytes(file.read_bytes().replace(b"MatMul", b"MyCoOp"))
    found = refusal(file.parent)
    assert found.code == "CANNOT_LOAD"
    assert "MyCoOp" in found.message


def test_tags_that_no_graph_has_are_refused(identities: Path) -> None:
    found = refusal(identities, ("train",))
    assert (found.code, "train" in found.message) == ("CANNOT_LOAD", True)


def test_of_several_graphs_the_one_with_the_very_tags_is_taken(tmp_path: Path) -> None:
    folder = write_tagged(tmp_path / "model")
    for tags, answers in ((("serve",), {"tripled": [3]}), (("tpu", "serve"), {"doubled": [2]})):
        with closing(NativeSession(folder, tags)) as native, closing(ServingSession(folder, tags)) as python:
            assert native.signatures == python.signatures
            np.testing.assert_equal(
                native.run("run", {"x": [1]}), {k: np.array(v, "float32") for k, v in answers.items()}
            )


def test_a_folder_of_any_name_is_opened(identities: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(identities, tmp_path / "Modèle n° 1 % #?")
    with closing(NativeSession(folder)) as session:
        assert session.run("sums", {"x": [[1, 2, 3, 4]]})["y"].tolist() == [10]
    unnameable = Path(os.fsdecode(bytes(tmp_path) + b"/\xff\xfe"))
    shutil.copytree(identities, unnameable)
    with closing(NativeSession(unnameable)) as session:
        assert session.run("sums", {"x": [[1, 2, 3, 4]]})["y"].tolist() == [10]


def test_many_threads_share_a_session(native: NativeSession) -> None:
    def one(number: int) -> bool:
        sums = native.run("sums", {"x": np.full((3, 4), number)})["y"].tolist()
        words = native.run("string", {"x": [f"{number}" * 30]})["y"].tolist()
        return bool(sums == [4 * number] * 3 and words == [(f"{number}" * 30).encode()])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(400)))


def test_a_session_closed_while_others_run_lets_them_end_and_refuses_the_next(
    identities: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = NativeSession(identities)
    inside, closed = threading.Event(), threading.Event()
    real = NativeGraph._run

    def held(*arguments: Any) -> list[int]:
        inside.set()
        assert closed.wait(30)
        return real(*arguments)

    monkeypatch.setattr(NativeGraph, "_run", held)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(session.run, "sums", {"x": [[1, 2, 3, 4]]})
        assert inside.wait(30)
        session.close()
        closed.set()
        assert running.result()["y"].tolist() == [10]
    for _ in range(2):
        session.close()
    assert failure(session, "sums", {"x": [[1, 2, 3, 4]]}) == ("RUN_FAILED", "the session has been closed")
