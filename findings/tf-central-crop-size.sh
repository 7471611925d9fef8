#!/usr/bin/env bash
# tf.image.central_crop of a picture whose size is not known while tracing can cut less than the same call eagerly.
# TensorFlow 2.21.0 (tensorflow-cpu), Python 3.11, Linux x86-64.
# With known sizes the fraction is a Python float, with unknown ones (every tf.data pipeline that decodes files) it
# becomes a float32: (10 - 10 * 0.8) / 2 is then 0.99999994 and not 1, and its whole part 0.
# Seen (2026-11-30):
#   tensorflow 2.21.0
#   eagerly: (8, 8, 3)
#   in tf.data, sizes unknown: (10, 10, 3)
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m venv venv && venv/bin/pip install --quiet --disable-pip-version-check tensorflow-cpu==2.21.0 || exit 2
cat > crop.py <<'PY'
import tensorflow as tf

image = tf.zeros((10, 10, 3), tf.uint8)
encoded = tf.io.encode_png(image)
images = tf.data.Dataset.from_tensors(encoded).map(lambda e: tf.image.central_crop(tf.io.decode_png(e, channels=3), 0.8))
print("tensorflow", tf.__version__)
print("eagerly:", tuple(tf.image.central_crop(image, 0.8).shape))
print("in tf.data, sizes unknown:", next(iter(images)).numpy().shape)
PY
export TF_CPP_MIN_LOG_LEVEL=3
venv/bin/python crop.py 2> err.txt | tee seen.txt
test "${PIPESTATUS[0]}" = 0 || { cat err.txt; exit 2; }
grep -qxF 'eagerly: (8, 8, 3)' seen.txt && grep -qxF 'in tf.data, sizes unknown: (10, 10, 3)' seen.txt || exit 1
