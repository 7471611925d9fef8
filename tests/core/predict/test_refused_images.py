"""Across modules. Images that an export refuses: each row says why and what to do, whatever the runtime could have
read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support import REFERENCE, changed

from workbench.core.instances.error_diagnosis import plain_reason
from workbench.core.model import inspect
from workbench.core.predict import Predictor
from workbench.spec.defaults import default_project
from workbench.spec.project import save_project


@pytest.mark.parametrize(
    ("formats", "name", "code"),
    [
        ("jpeg", "plain.png", "UNDECLARED_FORMAT"),
        ("jpeg", "deep.png", "UNDECLARED_FORMAT"),
        ("jpeg+png", "deep.png", "SIXTEEN_BIT"),
        ("jpeg+png", "plain.bmp", "UNDECLARED_FORMAT"),
        ("jpeg+png", "plain.webp", "UNDECLARED_FORMAT"),
    ],
)
def test_a_refused_image_says_why_and_what_to_do(tmp_path: Path, formats: str, name: str, code: str) -> None:
    if name.startswith("deep"):
        Image.fromarray(np.arange(64, dtype="uint16").reshape(8, 8) * 999).save(tmp_path / name)
    else:
        Image.new("RGB", (20, 20), (1, 2, 3)).save(tmp_path / name)
    model = REFERENCE / "tiny_cnn.h5"
    save_project(changed(default_project(inspect(model), str(model)), formats=formats), tmp_path / "p.toml")
    predictor = Predictor(tmp_path / "p.toml")
    bad, good = predictor.predict_images([tmp_path / name, REFERENCE / "images" / "img00.jpg"])
    predictor.close()
    assert bad.error is not None
    assert bad.error.code == code
    assert "Convert it" in bad.error.hint
    assert good.prediction is not None


def test_what_the_graph_says_by_an_assertion_is_told_in_its_own_words_alone() -> None:
    refusal = (
        "assertion failed: [UNDECLARED_FORMAT: this export reads JPEG images only.] [[{{node preprocess/Assert}}]]"
    )
    assert plain_reason(refusal) == "This export reads JPEG images only."
    assert (
        plain_reason("assertion failed: [Condition x == y did not hold] [x] [3]") == "The export refuses this request."
    )
    assert plain_reason("Expected image (JPEG, PNG), got unknown format") == (
        "Expected image (JPEG, PNG), got unknown format"
    )
