"""Across modules. The gate on images that keep their own size: every check that compares pixels or answers works on
mixed sizes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from core.check.conftest import Judge
from pictures import encoded, photo
from support import changed

from workbench.core.check.gate import CHECKS
from workbench.core.check.load_client import LoadResult
from workbench.core.check.reader_candidates import nearest_reading
from workbench.core.check.subject import GateSubject
from workbench.core.lazy import tensorflow
from workbench.core.model import inspect
from workbench.spec.defaults import default_project
from workbench.spec.errors import WorkbenchError
from workbench.spec.project import Project
from workbench.spec.report import CheckResult

SIZES = ((40, 56), (64, 48), (40, 56), (35, 35))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that tells dark images from bright ones, with a mask, and images of both in folders."""
    tensorflow()
    import keras

    place = tmp_path_factory.mktemp("sent")
    image = keras.Input((None, None, 3), name="image")
    grey = keras.layers.GlobalAveragePooling2D()(image)
    scores = keras.layers.Dense(2, activation="softmax", name="kind")
    mask = keras.layers.Conv2D(1, 1, name="mask")(image)
    model = keras.Model(image, [scores(grey), mask])
    scores.set_weights([np.array([[-4.0, 4.0]] * 3), np.array([6.0, -6.0])])
    model.save(place / "any.keras")
    for n, size in enumerate((*SIZES, *SIZES)):
        dark = n < len(SIZES)
        file = place / "images" / ("bright" if not dark else "dark") / f"{n}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        picture = photo(*size, seed=n).point(lambda v, dark=dark: v // 3 if dark else 170 + v // 3)
        file.write_bytes(encoded(picture, "JPEG", quality=90))
    return place


def project(folder: Path, **options: Any) -> Project:
    made = default_project(inspect(folder / "any.keras"), "any.keras", size="as-sent")
    keys = msgspec.structs.replace(made.signature, scores_of="kind", labels=("dark", "bright"))
    return changed(msgspec.structs.replace(made, signature=keys), **options)


def run(subject: GateSubject, name: str) -> CheckResult:
    return next(c for c in CHECKS if c.name == name).run(subject)


def test_every_image_is_judged_at_its_own_size(folder: Path, judge: Judge) -> None:
    subject = judge(project(folder), folder, folder / "images")
    subject.__dict__["probed"] = {
        "session": LoadResult("2.21.0", call_seconds=(0.1,))
    }  # Tested by itself, ten seconds.
    found = {name: run(subject, name) for name in ("parity", "skew", "labels", "outputs", "latency")}
    assert {name: result.verdict for name, result in found.items() if name != "latency"} == {
        "parity": "pass",
        "skew": "pass",
        "labels": "pass",
        "outputs": "pass",
    }
    assert "8 images" in found["parity"].message
    assert "identical pixels" in found["skew"].message
    assert found["latency"].verdict == "pass"
    subject.accept_golden = True
    assert run(subject, "golden").verdict == "pass"
    subject.accept_golden = False
    assert "8 golden images" in run(subject, "golden").message


def test_made_up_images_do_where_none_are_named(folder: Path, judge: Judge) -> None:
    assert run(judge(project(folder), folder), "parity").verdict == "pass"


def test_another_training_scale_is_found_over_all_sizes(folder: Path, judge: Judge) -> None:
    wrong = project(folder)
    training = msgspec.structs.replace(wrong.check.training, scale="-1..1")
    wrong = msgspec.structs.replace(wrong, check=msgspec.structs.replace(wrong.check, training=training))
    subject = judge(wrong, folder, folder / "images")
    assert run(subject, "skew").verdict == "fail"
    nearest = nearest_reading(subject, subject.survey.worst)
    assert nearest is not None
    assert (nearest.words, round(nearest.mean, 3)) == ("scale -1..1", 0.0)


@pytest.mark.heavy
def test_labels_are_tried_with_other_scales_at_every_size(folder: Path, judge: Judge) -> None:
    found = run(judge(project(folder, scale="0..255"), folder, folder / "images"), "labels")
    assert found.verdict != "pass"
    assert "8 of 8 images would be right instead of 4" in found.message


def test_training_s_own_pixels_have_to_have_the_size_of_their_image(folder: Path, judge: Judge) -> None:
    seen: dict[str, Any] = {"0.jpg": np.zeros((3, 3, 3), "float32")}
    np.savez(folder / "seen.npz", **seen)
    made = project(folder)
    made = msgspec.structs.replace(made, check=msgspec.structs.replace(made.check, seen="seen.npz"))
    with pytest.raises(WorkbenchError, match=r"has the shape \[3, 3, 3\], not \[40, 56, 3\]"):
        run(judge(made, folder, folder / "images"), "skew")
