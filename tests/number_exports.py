"""The smallest export that tells versions apart: `number` (as text) and `key` in, `scores` and `key` out."""

from __future__ import annotations

from pathlib import Path

from workbench.core.lazy import tensorflow


def number_export(folder: Path, factor: float) -> Path:
    """Write one whose scores are the number times `factor`."""
    tf = tensorflow()
    v1 = tf.compat.v1
    directory = folder / "export"
    with tf.Graph().as_default(), v1.Session() as session:
        number = v1.placeholder(tf.string, [None], name="number")
        key = v1.placeholder(tf.string, [None], name="key")
        outputs = {"scores": tf.strings.to_number(number) * factor, "key": tf.identity(key)}
        signature = v1.saved_model.predict_signature_def({"number": number, "key": key}, outputs)
        builder = v1.saved_model.Builder(str(directory))
        builder.add_meta_graph_and_variables(session, ["serve"], {"serving_default": signature})
        builder.save()
    (directory / "assets").mkdir(exist_ok=True)
    (directory / "assets" / "labels.txt").write_text("cat\ndog\n")
    return directory
