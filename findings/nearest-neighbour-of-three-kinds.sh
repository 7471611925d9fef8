#!/usr/bin/env bash
# Nearest neighbor is three different things: TensorFlow 1's op, cv2 INTER_NEAREST and NumPy's floor(d * src/dst) choose other pixels for many sizes.
# tensorflow-cpu 2.21.0, opencv-python-headless 5.0.0.93, numpy, Python 3.11, Linux x86-64.
# All three mean floor(d * scale) without half-pixel centers. The op computes it in float32 with src/dst, OpenCV in float64 with 1/(dst/src), NumPy as it is written.
# Where the product is a whole number or nearly so, the roundings fall on different sides and the neighboring pixel is taken.
# Seen (2026-12-01): of 500 pairs of sizes
#   ResizeNearestNeighbor is not INTER_NEAREST: 93
#   floor(d * (src / dst)) is not INTER_NEAREST: 62
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m venv venv || exit 2
venv/bin/pip install --quiet --disable-pip-version-check tensorflow-cpu==2.21.0 opencv-python-headless==5.0.0.93 || exit 2
cat > seen.py <<'PY'
import cv2
import numpy as np
import tensorflow as tf

print("tensorflow", tf.__version__, "opencv", cv2.__version__)
op_apart = floor_apart = pairs = 0
for source in range(50, 1050, 10):
    for size in (224, 299, 150, 100, 64):
        column = np.arange(source, dtype="float32")
        op = tf.raw_ops.ResizeNearestNeighbor(images=column[None, :, None, None], size=(size, 1)).numpy().ravel()
        opencv = cv2.resize(column[:, None], (1, size), interpolation=cv2.INTER_NEAREST).ravel()
        floor = np.floor(np.arange(size) * (source / size))
        pairs += 1
        op_apart += bool((op != opencv).any())
        floor_apart += bool((floor != opencv).any())
print(f"of {pairs} pairs of sizes")
print(f"ResizeNearestNeighbor is not INTER_NEAREST: {op_apart}")
print(f"floor(d * (src / dst)) is not INTER_NEAREST: {floor_apart}")
PY
export TF_CPP_MIN_LOG_LEVEL=3
venv/bin/python seen.py 2> err.txt | tee seen.txt
test "${PIPESTATUS[0]}" = 0 || { cat err.txt; exit 2; }
grep -qxF 'ResizeNearestNeighbor is not INTER_NEAREST: 93' seen.txt && grep -qxF 'floor(d * (src / dst)) is not INTER_NEAREST: 62' seen.txt || exit 1
