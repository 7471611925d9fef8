"""Across modules. An export of ours at the local target: prepared lines as they are, and its other signatures by
name."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import REFERENCE

from workbench.core import jobs
from workbench.core.instances.tfrecords import read_records
from workbench.core.predict import Predictor

IMAGES = sorted((REFERENCE / "images").iterdir())[:4]
VALUES: dict[str, object] = {"Features": [0.5, -1.0, 2.0, 0.0, 0.25, 1.0, -0.5, 3.0]}


@pytest.fixture
def ask(
    ml: Any, bucket: Any, upload: Any, settle: Any, exported: Callable[[str], Path]
) -> Callable[[dict[str, Any]], Any]:
    """Sends a body to the version made of the reference model's export, all its files."""
    folder = exported("image_and_features")
    uri = upload(bucket, folder, "exports/one")
    ml.models().create(parent="projects/p", body={"name": "m"}).execute()
    body = {"name": "v1", "deploymentUri": uri}
    done = settle(ml, ml.models().versions().create(parent="projects/p/models/m", body=body).execute())
    assert "error" not in done
    return lambda sent: ml.predict(name="projects/p/models/m", body=sent).execute()


def test_prepared_images_are_asked_of_every_signature_with_the_same_answers(
    ask: Callable[[dict[str, Any]], Any], exported: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = exported("image_and_features")
    predictor = Predictor(folder)
    expected = [row.prediction for row in predictor.predict_images(IMAGES, values=VALUES)]
    columns: dict[str, list[Any]] = {
        "input": [p.read_bytes() for p in IMAGES],
        "metadata": list(map(str, IMAGES)),
        "Features": [VALUES["Features"]] * 4,
    }
    pixels = predictor.session.fetch(["tensors/input:0"], "serving_default", columns)[0]
    predictor.close()
    for name in ("a.jsonl", "a.tfrecord"):
        jobs.prepare(IMAGES, tmp_path / name, project=folder, values=VALUES, features={})

    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert ask({"instances": lines}) == {"predictions": expected}
    named = {"instances": lines, "signature_name": "serving_default"}
    assert ask(named) == {"predictions": expected}

    records = [
        base64.b64encode(r).decode() for _, r in read_records(str(tmp_path / "a.tfrecord")) if isinstance(r, bytes)
    ]
    for instances in ([{"examples": {"b64": r}} for r in records], [{"b64": r} for r in records]):
        assert ask({"instances": instances, "signature_name": "tf_example"}) == {"predictions": expected}

    floats = [{**line, "input": p.tolist()} for line, p in zip(lines, pixels, strict=True)]
    found = [ask({"instances": [one], "signature_name": "tensor"})["predictions"][0] for one in floats]
    for answer, right in zip(found, expected, strict=True):
        assert right is not None
        assert answer["metadata"] == right["metadata"]
        np.testing.assert_allclose(answer["classes"], np.array(right["classes"]), atol=1e-6)


def test_an_example_sent_to_the_wrong_signature_is_refused_in_the_services_words(
    ask: Callable[[dict[str, Any]], Any],
) -> None:
    encoded = {"b64": base64.b64encode(b"no example").decode()}
    reply = ask({"instances": [{"examples": encoded}]})
    assert "Unexpected tensor name: examples (Error code: 1)" in reply["error"]
    reply = ask({"instances": [{"examples": encoded}], "signature_name": "tf_example"})
    assert "Exception during running the graph" in reply["error"]
