#!/usr/bin/env bash
# keras.layers.Resizing of a uint8 picture gives rounded uint8 when called directly, but float32 fractions in dataset.map.
# Keras 3.15.1 on TensorFlow 2.21.0 (tensorflow-cpu), Python 3.11, Linux x86-64.
# A network trained through tf.data has seen the fractions; one served the layer's eager output gets whole numbers.
# Seen (2026-11-30):
#   keras 3.15.1 tensorflow 2.21.0
#   called directly: uint8, first row [9, 14, 20, 25]
#   in dataset.map: float32, first row [9.0, 14.25, 19.5, 24.75]
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m venv venv && venv/bin/pip install --quiet --disable-pip-version-check tensorflow-cpu==2.21.0 keras==3.15.1 || exit 2
cat > resizing.py <<'PY'
import keras
import numpy as np
import tensorflow as tf

image = np.arange(7 * 7 * 3, dtype="uint8").reshape(7, 7, 3)
layer = keras.layers.Resizing(4, 4)
direct = np.asarray(layer(image))
mapped = next(iter(tf.data.Dataset.from_tensors(image).map(layer))).numpy()
print("keras", keras.__version__, "tensorflow", tf.__version__)
for name, pixels in (("called directly", direct), ("in dataset.map", mapped)):
    print(f"{name}: {pixels.dtype}, first row {pixels[0, :, 0].tolist()}")
PY
export TF_CPP_MIN_LOG_LEVEL=3
venv/bin/python resizing.py 2> err.txt | tee seen.txt
test "${PIPESTATUS[0]}" = 0 || { cat err.txt; exit 2; }
grep -q '^called directly: uint8' seen.txt && grep -q '^in dataset.map: float32' seen.txt || exit 1
