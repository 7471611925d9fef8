"""Whichever runtime opens a SavedModel: the same signatures, answers and errors; the log says which and why."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.core.lazy import tensorflow
from workbench.core.savedmodel import c_api, library, opening
from workbench.core.savedmodel.native_session import NativeSession
from workbench.core.savedmodel.opening import Session, open_session, warm_up
from workbench.core.savedmodel.read import read_signatures
from workbench.core.savedmodel.session import ServingSession
from workbench.spec.errors import WorkbenchError

Runtime = Callable[[Path], Session]

both = pytest.mark.parametrize("runtime", [NativeSession, ServingSession])


@pytest.fixture
def without_c_api(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a system whose wheels carry no such library."""
    monkeypatch.setattr(c_api, "_known", [])
    monkeypatch.setattr(c_api, "find_library", lambda: library.find_library("win32"))


def test_the_log_says_by_what_exports_are_run(identities: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "workbench"), closing(open_session(identities)):
        assert caplog.messages == [f"Exports are run by TensorFlow's C API: {library.find_library()}"]


@pytest.mark.usefixtures("without_c_api")
def test_the_log_says_why_they_are_run_by_tensorflows_python(
    identities: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "workbench"), closing(open_session(identities)):
        (said,) = caplog.messages
    assert said.startswith(
        "Exports are run by TensorFlow's Python package: TensorFlow's wheels carry no C API for win32"
    )


@pytest.mark.usefixtures("without_c_api")
def test_a_warm_up_loads_the_runtime_that_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    imported: list[str] = []
    monkeypatch.setattr(opening, "tensorflow", lambda: imported.append("tensorflow"))
    warm_up()
    assert imported == ["tensorflow"]


@both
def test_an_export_of_tensorflow_2_is_opened_without_its_bookkeeping(runtime: Runtime, lookup: Path) -> None:
    from tensorflow.core.protobuf import saved_model_pb2

    message = saved_model_pb2.SavedModel.FromString((lookup / "saved_model.pb").read_bytes())
    assert "__saved_model_init_op" in message.meta_graphs[0].signature_def
    with closing(runtime(lookup)) as session:
        assert list(session.signatures) == ["serving_default"]
        assert session.run("serving_default", {"word": ["cow"]})["number"].tolist() == [20]


def failure(work: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(WorkbenchError) as caught:
        work()
    return caught.value.code, caught.value.message


def test_wrong_requests_are_refused_alike(identities: Path) -> None:
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("no", {}),
        ("sums", {}),
        ("sums", {"x": ["a"]}),
        ("sums", {"x": [[1, 2], [3]]}),
        ("sums", {"x": np.ones((2, 5))}),
        ("string", {"x": [b"a", 3]}),
        ("uint8", {"x": [300]}),
    ]
    with closing(NativeSession(identities)) as native, closing(ServingSession(identities)) as python:
        for signature, columns in wrong:
            found = failure(lambda s=signature, c=columns: native.run(s, c))  # type: ignore[misc]
            assert found == failure(lambda s=signature, c=columns: python.run(s, c))  # type: ignore[misc]
            assert found == failure(lambda s=signature, c=columns: native.fetch(["sums:0"], s, c))  # type: ignore[misc]


@both
def test_what_no_memory_holds_is_one_failed_run_and_the_session_goes_on(runtime: Runtime, identities: Path) -> None:
    with closing(runtime(identities)) as session:
        code, message = failure(lambda: session.run("fill", {"n": [1 << 50]}))
        assert code == "RUN_FAILED"
        assert "OOM" in message
        assert session.run("fill", {"n": [3]})["y"].tolist() == [1, 1, 1]


@both
def test_a_closed_session_refuses_to_run(runtime: Runtime, identities: Path) -> None:
    session = runtime(identities)
    session.close()
    assert failure(lambda: session.run("sums", {"x": [[1, 2, 3, 4]]}))[0] == "RUN_FAILED"


@pytest.mark.parametrize("name", ["quint8", "qint32"])
@both
def test_quantized_numbers_are_whole_ones(runtime: Runtime, identities: Path, name: str) -> None:
    with closing(runtime(identities)) as session:
        found = session.run(name, {"x": [1, 2]})["y"]
        assert (found.dtype.name, found.tolist()) == (name[1:], [1, 2])


def altered(model: Path, folder: Path, change: Callable[[Any], None]) -> Path:
    """A copy of a SavedModel whose message was changed."""
    tensorflow()
    from tensorflow.core.protobuf import saved_model_pb2

    file = shutil.copytree(model, folder) / "saved_model.pb"
    message = saved_model_pb2.SavedModel.FromString(file.read_bytes())
    change(message.meta_graphs[0])
    file.write_bytes(message.SerializeToString())
    return file.parent


def _unknown_output(meta_graph: Any) -> None:
    meta_graph.signature_def["sums"].outputs["y"].dtype = 99


@both
def test_a_signature_whose_output_is_of_an_unknown_dtype_is_left_out(
    runtime: Runtime, identities: Path, tmp_path: Path
) -> None:
    folder = altered(identities, tmp_path / "model", _unknown_output)
    assert read_signatures(folder).signatures["sums"].outputs["y"].dtype == "DT_INVALID"
    with closing(runtime(folder)) as session:
        assert "sums" not in session.signatures
        assert "float32" in session.signatures


@both
def test_a_model_without_any_signature_that_can_be_served_is_refused(
    runtime: Runtime, identities: Path, tmp_path: Path
) -> None:
    folder = altered(identities, tmp_path / "model", lambda meta_graph: meta_graph.ClearField("signature_def"))
    code, message = failure(lambda: runtime(folder))
    assert (code, message) == ("CANNOT_LOAD", "MetaGraph must have at least one signature_def.")
