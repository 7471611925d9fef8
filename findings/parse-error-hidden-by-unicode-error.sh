#!/usr/bin/env bash
# A TensorFlow 1 Session raises UnicodeDecodeError, not InvalidArgumentError, where an op's message quotes bytes that are no UTF-8.
# TensorFlow 2.21.0 (tensorflow-cpu), Python 3.11, Linux x86-64.
# `except tf.errors.OpError` does not catch it, and the reason ("Could not parse example input", "StringToNumberOp could
# not correctly convert string") is lost; the same op on bytes that are UTF-8 raises InvalidArgumentError.
# Seen (2026-11-30):
#   TensorFlow 2.21.0
#   b'\xff\xd8\xff\xe0' parse_example: UnicodeDecodeError
#   b'\xff\xd8\xff\xe0' string_to_number: UnicodeDecodeError
#   b'abcd' parse_example: InvalidArgumentError
#   b'abcd' string_to_number: InvalidArgumentError
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m venv venv && venv/bin/pip install --quiet tensorflow-cpu==2.21.0 || exit 2
cat > errors.py <<'PY'
import sys
import tensorflow as tf

print("TensorFlow", tf.__version__)
seen = []
with tf.Graph().as_default(), tf.compat.v1.Session() as session:
    fed = tf.compat.v1.placeholder(tf.string, [None])
    parsed = tf.io.parse_example(fed, {"x": tf.io.FixedLenFeature([], tf.string)})["x"]
    number = tf.strings.to_number(fed)
    for value in (b"\xff\xd8\xff\xe0", b"abcd"):
        for name, op in (("parse_example", parsed), ("string_to_number", number)):
            try:
                session.run(op, {fed: [value]})
                raised = "nothing"
            except Exception as err:
                raised = type(err).__name__
            seen.append(raised)
            print(f"{value!r} {name}: {raised}")
sys.exit(0 if seen == ["UnicodeDecodeError"] * 2 + ["InvalidArgumentError"] * 2 else 1)
PY
TF_CPP_MIN_LOG_LEVEL=3 venv/bin/python errors.py 2> /dev/null
code=$?
test "$code" -le 1 && exit "$code" || exit 2
