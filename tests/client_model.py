"""The model that real clients call: texts or numbers under one name, and Examples to classify."""

from __future__ import annotations

import json
from pathlib import Path

from http_requests import Http

from workbench.core.lazy import tensorflow


def write(folder: Path) -> Path:
    """`image` as text (`serving_default`) or as numbers (`tensor`), doubled; `raw` is no text; Examples' `classes`."""
    tf = tensorflow()
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        text = v1.placeholder(tf.string, [None], name="text")
        numbers = v1.placeholder(tf.float32, [None, 2], name="numbers")
        records = v1.placeholder(tf.string, [None], name="records")
        score = tf.io.parse_example(records, {"n": tf.io.FixedLenFeature([1], tf.float32)})["n"]
        build = v1.saved_model
        doubled = tf.strings.to_number(text) * 2
        signatures = {
            "serving_default": build.predict_signature_def({"image": text}, {"y": doubled, "raw": text + b"\xff"}),
            "tensor": build.predict_signature_def({"image": numbers}, {"y": numbers * 2}),
            "classes": build.classification_signature_def(records, tf.fill(tf.shape(score), "cat"), score),
        }
        builder = build.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, ["serve"], signatures, strip_default_attrs=True)
        builder.save()
    return folder


def deploy(http: Http, folder: Path) -> None:
    """The version `v7` of the model `m`, with the label `canary`; in the bucket `bucket` below `m/`."""
    http("POST", "/storage/v1/b", b'{"name": "bucket"}')
    upload = "/upload/storage/v1/b/bucket/o?uploadType=media&name=m/"
    http("POST", f"{upload}saved_model.pb", (folder / "saved_model.pb").read_bytes())
    http("POST", "/v1/projects/p/models", b'{"name": "m"}')
    body = b'{"name": "v7", "deploymentUri": "gs://bucket/m", "labels": {"canary": ""}}'
    operation = json.loads(http("POST", "/v1/projects/p/models/m/versions", body)[2])
    while not operation.get("done"):
        operation = json.loads(http("GET", f"/v1/{operation['name']}")[2])
    assert "error" not in operation, operation
