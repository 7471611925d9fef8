"""Input and output of batch jobs: lines, records, a model of Examples, and what a job wrote."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from workbench.core.lazy import tensorflow


def line(number: object, key: str) -> str:
    return json.dumps({"image": {"b64": base64.b64encode(str(number).encode()).decode()}, "key": key})


def contents(bucket: Any, prefix: str) -> dict[str, list[str]]:
    """The lines of every object under a prefix, by the rest of its name."""
    blobs = bucket.client.list_blobs(bucket, prefix=prefix)
    return {b.name[len(prefix) :]: b.download_as_bytes().decode().splitlines() for b in blobs}


def model_of_examples(folder: Path) -> Path:
    """A SavedModel: serialized Examples in, the number and the key in them out."""
    tf = tensorflow()
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        records = v1.placeholder(tf.string, [None])
        features = {"n": tf.io.FixedLenFeature([], tf.float32), "key": tf.io.FixedLenFeature([], tf.string)}
        parsed = tf.io.parse_example(records, features)
        outputs = {"y": parsed["n"] * 2, "key": parsed["key"]}
        signature = v1.saved_model.predict_signature_def({"examples": records}, outputs)
        builder = v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, ["serve"], {"serving_default": signature})
        builder.save()
    return folder


def write_records(path: Path, count: int, options: str = "") -> Path:
    tf = tensorflow()
    with tf.io.TFRecordWriter(str(path), options) as writer:
        for number in range(count):
            feature = {
                "n": tf.train.Feature(float_list=tf.train.FloatList(value=[number])),
                "key": tf.train.Feature(bytes_list=tf.train.BytesList(value=[f"k{number}".encode()])),
            }
            writer.write(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString())
    return path
