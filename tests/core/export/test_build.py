"""The export as a file: what is in it, when it is built, and what is left behind when it fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import pytest
from support import REFERENCE, changed

from workbench.core.export import build, cache, export, read_signatures
from workbench.core.export.freeze import freeze_model
from workbench.core.export.verify import verify
from workbench.core.lazy import tensorflow
from workbench.core.model import inspect, load
from workbench.core.savedmodel.session import ServingSession
from workbench.spec.defaults import default_project
from workbench.spec.errors import CancelledError, WorkbenchError
from workbench.spec.manifest import read_export_manifest
from workbench.spec.model import Progress
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project, load_project, save_project
from workbench.spec.render import render_text
from workbench.spec.settings import ExportSettings, Layout
from workbench.spec.signature import compose

ReferenceProject = Callable[[str], Project]


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_export_is_one_graph_file_and_its_manifest(reference_project: ReferenceProject, tmp_path: Path) -> None:
    project = reference_project("image_and_features")
    result = export(project, REFERENCE, tmp_path / "out")
    files = {str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert files == {"saved_model.pb", "assets.extra/workbench.json"}
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    read = read_signatures(tmp_path / "out")
    assert read.signatures == compose(inspect(REFERENCE / "image_and_features.h5"), project).signatures
    assert read.tags == ("serve",)
    assert read.fingerprint == result.fingerprint
    assert (result.files, result.layout, result.runtime) == (2, "frozen", "1.15")
    assert result.bytes == sum((tmp_path / "out" / name).stat().st_size for name in files)


def test_the_numbers_of_a_steps_file_are_part_of_an_export(tmp_path: Path) -> None:
    shutil.copy(REFERENCE / "tiny_cnn.h5", tmp_path)
    (tmp_path / "stats").mkdir()
    steps = ("shorter_side 72", "center_crop 64", "featurewise_center stats/mean.npy", "featurewise_std 60")
    project = Project(model="tiny_cnn.h5", preprocess=Preprocess(size=(64, 64), steps=steps))
    with pytest.raises(WorkbenchError, match="cannot be read") as caught:
        export(project, tmp_path)
    assert caught.value.where == str(tmp_path / "stats" / "mean.npy")
    fingerprints = set()
    for numbers in ([1.0, 2.0, 3.0], [1.0, 2.0, 4.0], [1.0, 2.0, 3.0]):
        np.save(tmp_path / "stats" / "mean.npy", np.array(numbers))
        made = export(project, tmp_path, tmp_path / "out")
        fingerprints.add(made.fingerprint)
    assert len(fingerprints) == 2
    assert made.reused
    told = read_export_manifest(tmp_path / "out")
    assert told is not None
    assert told.project.preprocess is not None
    assert told.project.preprocess.steps[2] == "featurewise_center mean.npy"  # No folders of this machine.
    save_project(project, tmp_path / "p.toml")
    assert load_project(tmp_path / "p.toml") == project
    assert "scale =" not in (tmp_path / "p.toml").read_text()


def test_no_variable_no_function_and_no_foreign_op_is_in_the_graph(exported: Callable[[str], Path]) -> None:
    tensorflow()
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    for name in ("tiny_cnn", "mobilenet"):
        message = SavedModel.FromString((exported(name) / "saved_model.pb").read_bytes())
        graph = message.meta_graphs[0].graph_def
        ops = {node.op for node in graph.node}
        assert len(graph.library.function) == 0
        assert not ops & {"VarHandleOp", "ReadVariableOp", "PartitionedCall", "While", "StatelessWhile"}
        assert [n.name for n in graph.node if n.op == "Placeholder"] == ["examples/examples"]


def test_show_of_the_written_file_is_saved_model_clis(
    exported: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    tensorflow()
    from tensorflow.python.tools import saved_model_cli

    folder = exported("image_and_features")
    capsys.readouterr()
    saved_model_cli._show_all(str(folder))  # `saved_model_cli show --all`, without a process of its own.
    theirs = capsys.readouterr().out
    ours = render_text(read_signatures(folder).signatures)
    facts = [line.strip() for line in theirs.splitlines() if line.strip()]
    start = next(i for i, line in enumerate(facts) if line.startswith("MetaGraphDef"))
    end = next((i for i, line in enumerate(facts) if line.startswith(("Concrete", "The MetaGraph"))), len(facts))
    assert [line.strip() for line in ours.splitlines() if line.strip()] == facts[start:end]


def test_a_tf2_export_of_another_program_is_read_too(tmp_path: Path) -> None:
    tf = tensorflow()

    class Doubler(tf.Module):  # type: ignore[misc,name-defined]
        @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, "x")])  # type: ignore[untyped-decorator]
        def serve(self, x: Any) -> Any:
            return {"y": x * 2}

    module = Doubler()
    tf.saved_model.save(module, str(tmp_path / "m"), signatures={"serving_default": module.serve})
    read = read_signatures(tmp_path / "m")
    assert list(read.signatures) == ["serving_default"]
    spec = read.signatures["serving_default"]
    assert (spec.inputs["x"].dtype, spec.inputs["x"].shape) == ("DT_FLOAT", (-1, 2))
    assert read.fingerprint == ""


@pytest.mark.parametrize(("content", "code"), [(b"\xff\xff\xff", "BAD_SAVEDMODEL"), (None, "NOT_A_SAVEDMODEL")])
def test_what_is_no_saved_model_is_said_so(tmp_path: Path, content: bytes | None, code: str) -> None:
    if content:
        (tmp_path / "saved_model.pb").write_bytes(content)
    with pytest.raises(WorkbenchError) as caught:
        read_signatures(tmp_path)
    assert caught.value.code == code


def test_the_same_project_is_built_once(reference_project: ReferenceProject) -> None:
    project = reference_project("tiny_cnn")
    export(project, REFERENCE)
    again = export(project, REFERENCE)
    assert again.reused
    assert again.steps == ()


def test_other_settings_or_another_model_are_another_export(reference_project: ReferenceProject) -> None:
    project = reference_project("tiny_cnn")
    keys = {cache.fingerprint(project, "a" * 64), cache.fingerprint(project, "b" * 64)}
    for other in ({"reader": "image_dataset"}, {"scale": "-1..1"}, {"formats": "any"}):
        keys.add(cache.fingerprint(changed(project, **other), "a" * 64))
    assert len(keys) == 5


LAYOUTS: Final[dict[Layout, int]] = {"frozen": 3, "variables": 5}
"""The layouts, and the files that an export with examples has in each."""

EXPORT_ALL: Final = """
import sys
from pathlib import Path
from workbench.core.export.resolve import project_of
from workbench.core.jobs import export
for path in sys.argv[1:]:
    print(export(*project_of(Path(path))).path)
"""


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    project = default_project(inspect(REFERENCE / "tiny_cnn.h5"), str(REFERENCE / "tiny_cnn.h5"))
    examples = (str(REFERENCE / "images" / "img02.jpg"),)
    for layout in LAYOUTS:
        settings = ExportSettings(layout=layout, examples=examples)
        save_project(msgspec.structs.replace(project, export=settings), tmp_path / f"{layout}.toml")
    command = [sys.executable, "-c", EXPORT_ALL, *(str(tmp_path / f"{layout}.toml") for layout in LAYOUTS)]
    children = []
    for number in (1, 2):
        env = {**os.environ, cache.CACHE_VARIABLE: str(tmp_path / str(number)), "PYTHONHASHSEED": str(number)}
        children.append(subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
    written = []
    for child in children:
        out, err = child.communicate(timeout=240)
        assert child.returncode == 0, err
        written.append([files_of(Path(line)) for line in out.splitlines()])
    assert written[0] == written[1]
    assert [len(files) for files in written[0]] == list(LAYOUTS.values())


def files_of(folder: Path) -> dict[str, bytes]:
    """What every file below a folder holds, by its path."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_an_export_that_differs_from_its_model_is_not_kept(
    reference_project: ReferenceProject, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = freeze_model

    def wrong(*arguments: Any, **named: Any) -> Any:
        frozen = right(*arguments, **named)
        largest = max((n for n in frozen.graph_def.node if n.op == "Const"), key=lambda n: n.ByteSize())
        content = largest.attr["value"].tensor.tensor_content
        largest.attr["value"].tensor.tensor_content = bytes(len(content))
        return frozen

    monkeypatch.setattr(build, "freeze_model", wrong)
    with pytest.raises(WorkbenchError) as caught:
        export(reference_project("tiny_cnn"), REFERENCE)
    assert caught.value.code == "EXPORT_DIFFERS"
    assert list(own_cache.iterdir()) == []


@pytest.mark.parametrize("step", ["Loading with tf_keras", "compare"])
def test_a_cancelled_export_leaves_nothing(
    reference_project: ReferenceProject, own_cache: Path, tmp_path: Path, step: str
) -> None:
    def stop(progress: Progress) -> None:
        if step in progress.step:
            raise CancelledError

    with pytest.raises(CancelledError):
        export(reference_project("tiny_cnn"), REFERENCE, tmp_path / "out", stop)
    assert list(own_cache.iterdir()) == []
    assert not (tmp_path / "out").exists()


def test_verifying_catches_an_export_of_another_model(
    exported: Callable[[str], Path], reference_project: ReferenceProject
) -> None:
    model, project = load(REFERENCE / "tiny_cnn.h5"), reference_project("tiny_cnn")
    made = compose(model.facts, project)
    session = ServingSession(exported("tiny_cnn"))
    assert verify(session, session, model, made, project) <= 1e-5
    model.keras_model.set_weights([w * 0.5 for w in model.keras_model.get_weights()])
    with pytest.raises(WorkbenchError) as caught:
        verify(session, session, model, made, project)
    session.close()
    assert caught.value.code == "EXPORT_DIFFERS"


def test_only_an_export_of_ours_is_written_over(reference_project: ReferenceProject, tmp_path: Path) -> None:
    project, out = reference_project("tiny_cnn"), tmp_path / "out"
    export(project, REFERENCE, out)
    export(project, REFERENCE, out)
    (out / "notes.txt").write_text("mine")
    with pytest.raises(WorkbenchError) as caught:
        export(project, REFERENCE, out)
    assert caught.value.code == "OUTPUT_TAKEN"
    assert sorted(p.name for p in out.iterdir()) == ["assets.extra", "notes.txt", "saved_model.pb"]


def test_a_damaged_cache_entry_is_built_again(reference_project: ReferenceProject, own_cache: Path) -> None:
    project = reference_project("tiny_cnn")
    first = export(project, REFERENCE)
    Path(first.path, "saved_model.pb").write_bytes(b"damaged")
    second = export(project, REFERENCE)
    assert not second.reused
    assert read_signatures(Path(second.path)).fingerprint == first.fingerprint


def test_the_cache_lets_the_longest_unused_go(own_cache: Path, exported: Callable[[str], Path]) -> None:
    source = exported("tiny_cnn").rename(own_cache.parent / "source")
    for number in range(cache.KEPT + 3):
        built = own_cache.parent / "built"
        shutil.copytree(source, built)
        kept = cache.keep(f"{number:064d}", built)
        os.utime(kept, (number, number))
    assert sorted(int(p.name) for p in own_cache.iterdir() if p.is_dir()) == list(range(3, cache.KEPT + 3))
    # The checksums beside an export go with it.
    assert sorted(int(p.stem) for p in own_cache.glob("0*.sums")) == list(range(3, cache.KEPT + 3))


def test_what_a_killed_process_left_half_built_goes_with_the_next_build_and_what_one_builds_stays(
    own_cache: Path,
) -> None:
    with cache.workshop() as living:
        (own_cache / ".building-old").mkdir()
        with cache.workshop() as ours:
            assert {p for p in own_cache.iterdir() if p.is_dir()} == {living, ours}


def test_settings_that_do_not_fit_are_refused_before_anything_is_loaded(reference_project: ReferenceProject) -> None:
    project = reference_project("tiny_cnn")
    bad = changed(project, size=(9, 9))
    with pytest.raises(WorkbenchError, match="64x64") as caught:
        export(bad, REFERENCE)
    assert caught.value.code == "SIZE_MISMATCH"


def test_a_keras_3_model_is_exported_to_its_own_numbers(tmp_path: Path) -> None:
    tensorflow()
    import keras

    image = keras.Input((None, None, 3), name="image")
    x = keras.layers.BatchNormalization()(keras.layers.Conv2D(4, 3)(image))
    model = keras.Model(image, keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(x)))
    model.save(tmp_path / "m.keras")
    project = default_project(inspect(tmp_path / "m.keras"), "m.keras", size="20x30", reader="load_img:bilinear")
    result = export(project, tmp_path)
    session = ServingSession(Path(result.path))
    data = [(REFERENCE / "images" / "img03.jpg").read_bytes()]
    got = session.run("serving_default", {"input": data, "metadata": ["x"]})["classes"]
    session.close()
    picture = keras.utils.load_img(REFERENCE / "images" / "img03.jpg", target_size=(20, 30), interpolation="bilinear")
    expected = model.predict(np.asarray(picture, "float32")[None] / 255, verbose=0)
    np.testing.assert_allclose(got, expected, atol=1e-5)
