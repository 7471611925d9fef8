"""`Show`: the signatures of anybody's SavedModel, read without TensorFlow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec
import pytest

from workbench.core.progress import silent
from workbench.engine.handlers import HANDLERS
from workbench.spec import messages as m
from workbench.spec.errors import WorkbenchError
from workbench.spec.manifest import MANIFEST_PATH, ExportManifest, GoldenCase, ModelSource
from workbench.spec.project import Project
from workbench.spec.tensors import TensorSpec

SAVED_MODEL: Final = """
saved_model_schema_version: 1
meta_graphs {
  meta_info_def { tags: "serve" tensorflow_version: "1.13.1" }
  signature_def {
    key: "predict_images"
    value {
      inputs { key: "images" value { name: "x:0" dtype: DT_FLOAT tensor_shape { dim { size: -1 } dim { size: 784 } } } }
      outputs { key: "scores" value { name: "y:0" dtype: DT_FLOAT tensor_shape { unknown_rank: true } } }
      method_name: "tensorflow/serving/predict"
    }
  }
}
"""

PROBE: Final = """
import sys
from workbench.core.progress import silent
from workbench.engine.handlers import HANDLERS
from workbench.spec import messages as m
event = HANDLERS[m.ReadSignatures](m.ReadSignatures(id=1, path=sys.argv[1]), silent, lambda event: None)
print(sorted(event.signatures), "tensorflow" in sys.modules)
"""


@pytest.fixture
def saved_model(tmp_path: Path) -> Path:
    (tmp_path / "saved_model.pbtxt").write_text(SAVED_MODEL)
    return tmp_path


def show(place: Path) -> m.AnyEvent:
    return HANDLERS[m.ReadSignatures](m.ReadSignatures(id=7, path=str(place)), silent, lambda event: None)


def test_a_foreign_saved_model_is_answered_as_it_is(saved_model: Path) -> None:
    shown = show(saved_model)
    assert isinstance(shown, m.SignaturesRead)
    assert (shown.id, shown.tags, shown.tensorflow_version, shown.fingerprint) == (7, ("serve",), "1.13.1", "")
    signature = shown.signatures["predict_images"]
    assert signature.inputs == {"images": TensorSpec("DT_FLOAT", (-1, 784), "x:0")}
    assert signature.outputs["scores"].shape is None
    assert m.decode_event(m.encode(shown)) == shown


def test_what_is_no_saved_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError) as refused:
        show(tmp_path)
    assert refused.value.code == "NOT_A_SAVEDMODEL"


def test_showing_imports_no_tensorflow(saved_model: Path) -> None:
    command = [sys.executable, "-c", PROBE, str(saved_model)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "['predict_images'] False"


def test_what_an_export_says_of_itself_is_told_without_its_golden_cases(saved_model: Path) -> None:
    case = GoldenCase({"x": {"b64": "AAAA"}}, {"y": 1})
    made = ExportManifest(
        project=Project(model="m.h5"), model=ModelSource("m.h5", "0" * 64, 1, "3"), versions={"keras": "3"},
        fingerprint="f", serving="predict_images", feeds=(), answers=(), golden=(case,),
    )  # fmt: skip
    (saved_model / MANIFEST_PATH).parent.mkdir()
    (saved_model / MANIFEST_PATH).write_bytes(msgspec.json.encode(made))
    shown = show(saved_model)
    assert isinstance(shown, m.SignaturesRead)
    assert shown.manifest == msgspec.structs.replace(made, golden=())
    assert m.decode_event(m.encode(shown)) == shown


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[" * 100_000, b"{}"], ids=["cut", "no text", "deep", "empty"])
def test_a_manifest_that_cannot_be_read_leaves_the_signatures(saved_model: Path, content: bytes) -> None:
    (saved_model / MANIFEST_PATH).parent.mkdir()
    (saved_model / MANIFEST_PATH).write_bytes(content)
    shown = show(saved_model)
    assert isinstance(shown, m.SignaturesRead)
    assert (list(shown.signatures), shown.manifest) == (["predict_images"], None)
    assert "manifest cannot be read" in shown.trouble
