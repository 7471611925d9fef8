"""Fresh processes that only run exports: TensorFlow's Python is in none of them at the end."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from support import REFERENCE

from workbench.core.export import export
from workbench.core.instances.examples import example_of
from workbench.core.instances.tfrecords import record_of
from workbench.core.model import inspect
from workbench.spec import messages as m
from workbench.spec.defaults import default_project
from workbench.spec.project import load_project, save_project
from workbench.spec.reply_keys import ReplyKeys
from workbench.spec.tensors import TensorSpec

COMMANDS: Final = """
import json, sys
from workbench.__main__ import run
codes = [run(line) for line in json.loads(sys.argv[1])]
print(json.dumps({"codes": codes, "imported": sorted({"tensorflow", "keras", "tf_keras"} & set(sys.modules))}))
"""

ENGINE: Final = """
import json, sys
from workbench.core.progress import silent
from workbench.engine.handlers import HANDLERS
from workbench.spec import messages as m
events = []
for line in json.loads(sys.argv[1]):
    request = m.decode_request(line.encode())
    events.append(HANDLERS[type(request)](request, silent, events.append))
kinds = [type(event).__name__ for event in events]
print(json.dumps({"kinds": kinds, "imported": sorted({"tensorflow", "keras", "tf_keras"} & set(sys.modules))}))
"""

WORKER: Final = """
import json, sys
from workbench.core.data.beam.handler import SavedModelHandler
from workbench.core.instances.inputs import Inputs
folder, image, location = json.loads(sys.argv[1])
handler = SavedModelHandler(folder)
model = handler.load_model()
rows = list(handler.run_inference(list(Inputs(model.served, [image], {}, {}).records()), model))
handed = {"rows": [bool(row.prediction) for row in rows]}

from workbench.core.deploy.folder import FolderPort
from workbench.core.progress import silent
from workbench.spec.targets.folder import FolderTarget
from workbench.spec.target import VersionInfo
port = FolderPort(FolderTarget(path=location))
version = VersionInfo("1", location, "READY", default=True, origin=folder)
instance = {"input": {"b64": "/9j/"}, "metadata": "a"}
try:
    port.try_out(version, "m", [instance], silent)
except Exception as err:
    handed["refused"] = type(err).__name__
print(json.dumps({**handed, "imported": sorted({"tensorflow", "keras", "tf_keras"} & set(sys.modules))}))
"""


def child(script: str, argument: object, folder: Path) -> Any:
    command = [sys.executable, "-c", script, json.dumps(argument)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of the small reference model, exported before, with a good image and a bad one."""
    folder = tmp_path_factory.mktemp("made")
    shutil.copy(REFERENCE / "tiny_cnn.h5", folder)
    project = default_project(inspect(folder / "tiny_cnn.h5"), "tiny_cnn.h5", reader="tf1", scale="0..1")
    save_project(project, folder / "p.toml")
    shutil.copytree(export(project, folder).path, folder / "export")
    (folder / "images").mkdir()
    shutil.copy(REFERENCE / "images" / "img00.jpg", folder / "images" / "a.jpg")
    (folder / "images" / "bad.jpg").write_text("no image")
    string = TensorSpec("DT_STRING", (-1,), "")
    record = example_of(
        {"input": string, "metadata": string},
        {"input": (folder / "images" / "a.jpg").read_bytes(), "metadata": "a"},
    )
    lines = b"".join(b"".join(record_of([data])) for data in (record, b"\xff no Example", b""))
    (folder / "r.tfrecord").write_bytes(lines)
    return folder


def test_predictions_of_every_kind_of_input_into_every_kind_of_file(made: Path) -> None:
    prepared = [["prepare", "--project", "p.toml", "images/a.jpg", "-o", f"i.{ending}"] for ending in ("jsonl", "npz")]
    asked = [
        ["predict", "export", "images"],
        ["predict", "p.toml", "r.tfrecord", "--json"],
        ["predict", "export", "i.jsonl", "--format", "csv"],
        ["predict", "export", "i.npz", "--signature", "serving_default"],
    ]
    endings = ("jsonl", "csv", "parquet", "tfrecord")
    files = [["predict", "p.toml", "images", "-o", f"o.{ending}"] for ending in endings]
    bulk = [[*line, *more] for line in files for more in ([], ["--resume"])]
    found = child(COMMANDS, [*prepared, *asked, *bulk], made)
    assert found == {"codes": [0, 0, 1, 1, 0, 0, *[1] * len(bulk)], "imported": []}


def test_the_engines_predictions_previews_and_saved_rows(made: Path, tmp_path: Path) -> None:
    where: dict[str, Any] = {"project": load_project(made / "p.toml"), "base": str(made)}
    results, reading = str(tmp_path / "rows.jsonl"), ReplyKeys("classes")
    images = tuple(str(made / "images" / name) for name in ("a.jpg", "bad.jpg"))
    requests = [
        m.Inspect(id=1, path=str(made / "tiny_cnn.h5")),
        m.Predict(id=2, results=results, reading=reading, inputs=images, **where),
        m.PreviewInput(id=3, source=images[0], folder=str(tmp_path), **where),
        m.ReadRecord(id=4, path=str(made / "r.tfrecord"), number=1, folder=str(tmp_path), **where),
    ]
    found = child(ENGINE, [m.encode(request).decode() for request in requests], made)
    assert found["imported"] == []
    endings = {"ModelFactsRead", "RowsDone", "InputPreviewed", "RecordRead"}
    assert endings <= set(found["kinds"])
    assert len(Path(results).read_bytes().splitlines()) == 2


def test_a_beam_worker_and_the_smoke_test_of_a_repository(made: Path, tmp_path: Path) -> None:
    found = child(WORKER, [str(made / "export"), str(made / "images" / "a.jpg"), str(tmp_path)], made)
    assert found == {"rows": [True], "refused": "PredictionError", "imported": []}
