#!/usr/bin/env bash
# keras.saving.load_model of a folder that keras.callbacks.OrbaxCheckpoint wrote returns the model with freshly initialized weights, without an error.
# keras 3.15.1, orbax-checkpoint 0.12.8, tensorflow-cpu 2.21.0, Python 3.11, Linux x86-64.
# The structure is right, so summaries, shapes and exports of the model look right as well: only its answers tell.
# load_model takes any folder that holds one named by digits alone for such a checkpoint, a base folder of TensorFlow Serving's versions among them.
# Seen (2026-12-01):
#   biases loaded: all zero; saved: not zero
#   kernels are the saved ones: False
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m venv venv || exit 2
venv/bin/pip install --quiet --disable-pip-version-check keras==3.15.1 orbax-checkpoint==0.12.8 tensorflow-cpu==2.21.0 || exit 2
cat > seen.py <<'PY'
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)])
model.compile("sgd", "mse")
checkpoint = keras.callbacks.OrbaxCheckpoint(os.path.abspath("checkpoint"), monitor="loss", save_freq="epoch")
inputs = np.random.default_rng(0).random((8, 4), "float32")
model.fit(inputs, np.ones((8, 2), "float32"), epochs=1, callbacks=[checkpoint], verbose=0)
loaded = keras.saving.load_model(os.path.abspath("checkpoint"))
saved, found = model.get_weights(), loaded.get_weights()
print("keras", keras.__version__)
zero = lambda weights: "all zero" if not any(weights[place].any() for place in (1, 3)) else "not zero"
print(f"biases loaded: {zero(found)}; saved: {zero(saved)}")
print("kernels are the saved ones:", all(np.array_equal(saved[place], found[place]) for place in (0, 2)))
PY
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=
venv/bin/python seen.py 2> err.txt | tee seen.txt
test "${PIPESTATUS[0]}" = 0 || { cat err.txt; exit 2; }
grep -qxF 'kernels are the saved ones: False' seen.txt || exit 1
