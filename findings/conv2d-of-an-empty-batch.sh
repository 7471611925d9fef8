#!/usr/bin/env bash
# tf.nn.conv2d of an empty batch has the input's number of channels, not the filter's, while oneDNN is on (the default).
# TensorFlow 2.21.0 (tensorflow-cpu), Python 3.11, Linux x86-64.
# A batch of one has the right shape, and with TF_ENABLE_ONEDNN_OPTS=0 the empty batch has it too. With oneDNN the next
# layer then refuses the empty batch with an error about its own weights, in eager mode and in a SavedModel alike.
# Seen (2026-11-30):
#   tensorflow 2.21.0
#   oneDNN 1: conv2d of (0, 8, 8, 3) by a filter of (3, 3, 3, 16) -> (0, 8, 8, 3)
#   oneDNN 1: conv2d of (1, 8, 8, 3) by a filter of (3, 3, 3, 16) -> (1, 8, 8, 16)
#   oneDNN 0: conv2d of (0, 8, 8, 3) by a filter of (3, 3, 3, 16) -> (0, 8, 8, 16)
#   oneDNN 0: conv2d of (1, 8, 8, 3) by a filter of (3, 3, 3, 16) -> (1, 8, 8, 16)
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m venv venv && venv/bin/pip install --quiet tensorflow-cpu==2.21.0 || exit 2
cat > shapes.py <<'PY'
import os
import numpy as np
import tensorflow as tf

for batch in (0, 1):
    images, filters = np.zeros((batch, 8, 8, 3), "float32"), tf.ones((3, 3, 3, 16))
    shape = tuple(tf.nn.conv2d(images, filters, 1, "SAME").shape)
    print(f"oneDNN {os.environ['TF_ENABLE_ONEDNN_OPTS']}: conv2d of {images.shape} by a filter of {tuple(filters.shape)} -> {shape}")
PY
export TF_CPP_MIN_LOG_LEVEL=3
venv/bin/python -c "import tensorflow as tf; print('tensorflow', tf.__version__)" 2> /dev/null || exit 2
for switch in 1 0; do
    TF_ENABLE_ONEDNN_OPTS=$switch venv/bin/python shapes.py 2> /dev/null || exit 2
done | tee seen.txt
test "${PIPESTATUS[0]}" = 0 || exit 2
grep -qxF 'oneDNN 1: conv2d of (0, 8, 8, 3) by a filter of (3, 3, 3, 16) -> (0, 8, 8, 3)' seen.txt &&
    grep -qxF 'oneDNN 0: conv2d of (0, 8, 8, 3) by a filter of (3, 3, 3, 16) -> (0, 8, 8, 16)' seen.txt || exit 1
