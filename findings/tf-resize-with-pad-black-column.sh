#!/usr/bin/env bash
# tf.image.resize_with_pad leaves a black column beside a 1024x768 picture at 224x224: it computes 1024 * (224/1024) in float32 and takes the floor, 223.
# tensorflow-cpu 2.21.0, numpy, Python 3.11, Linux x86-64.
# So does keras.utils.image_dataset_from_directory(pad_to_aspect_ratio=True), which calls it. 640x480 at 150 and 1280x720 at 150 lose a column too; most other sizes do not,
# so a letterbox made with the exact ratio (Pillow's ImageOps.pad, cv2 with round()) is one column wider and its resampling another everywhere.
# Seen (2026-12-01):
#   1024x768 -> 224: picture of 223 columns and 168 rows
#   640x480 -> 224: picture of 224 columns and 168 rows
#   640x480 -> 150: picture of 149 columns and 112 rows
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m venv venv || exit 2
venv/bin/pip install --quiet --disable-pip-version-check tensorflow-cpu==2.21.0 || exit 2
cat > seen.py <<'PY'
import numpy as np
import tensorflow as tf

print("tensorflow", tf.__version__)
for width, height, side in ((1024, 768, 224), (640, 480, 224), (640, 480, 150)):
    white = np.full((1, height, width, 1), 255, "float32")
    padded = tf.image.resize_with_pad(white, side, side).numpy()[0, ..., 0]
    columns, rows = int((padded.max(0) > 0).sum()), int((padded.max(1) > 0).sum())
    print(f"{width}x{height} -> {side}: picture of {columns} columns and {rows} rows")
PY
export TF_CPP_MIN_LOG_LEVEL=3
venv/bin/python seen.py 2> err.txt | tee seen.txt
test "${PIPESTATUS[0]}" = 0 || { cat err.txt; exit 2; }
grep -qxF '1024x768 -> 224: picture of 223 columns and 168 rows' seen.txt && grep -qxF '640x480 -> 224: picture of 224 columns and 168 rows' seen.txt || exit 1
