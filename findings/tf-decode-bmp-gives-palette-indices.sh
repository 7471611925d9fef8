#!/usr/bin/env bash
# tf.io.decode_image of a BMP with a palette returns the palette's indices as gray values, without an error, where Pillow and OpenCV return its colors.
# tensorflow-cpu 2.21.0, Pillow 12.3.0, Python 3.11, Linux x86-64.
# 8 bits a pixel are taken for gray whatever the palette says. With channels=3 the index stands three times: a dark picture of nearly one color.
# Seen (2026-12-01):
#   Pillow: [200, 30, 60]
#   decode_image(channels=3): [1, 1, 1]
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m venv venv || exit 2
venv/bin/pip install --quiet --disable-pip-version-check tensorflow-cpu==2.21.0 pillow==12.3.0 || exit 2
cat > seen.py <<'PY'
import io

import numpy as np
import tensorflow as tf
from PIL import Image

image = Image.new("P", (4, 4), 1)
image.putpalette([0, 0, 0, 200, 30, 60] + [0] * 762)
out = io.BytesIO()
image.save(out, "BMP")
print("tensorflow", tf.__version__)
print("Pillow:", np.asarray(Image.open(out).convert("RGB"))[0, 0].tolist())
found = tf.io.decode_image(out.getvalue(), channels=3, expand_animations=False).numpy()
print("decode_image(channels=3):", found[0, 0].tolist())
PY
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=
venv/bin/python seen.py 2> err.txt | tee seen.txt
test "${PIPESTATUS[0]}" = 0 || { cat err.txt; exit 2; }
grep -qxF 'Pillow: [200, 30, 60]' seen.txt && grep -qxF 'decode_image(channels=3): [1, 1, 1]' seen.txt || exit 1
