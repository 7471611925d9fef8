#!/usr/bin/env bash
# Reading an .h5, Keras 3 drops a layer's axis when it has more than one number: the model loads and predicts something else.
# Versions: keras 3.15.1, tensorflow-cpu 2.21.0, h5py 3.14.0, Python 3.11.
# keras.src.legacy.saving.saving_utils.model_from_config pops "axis" from every configuration and puts it back only if it is
# one number or a list of one. Softmax and UnitNormalization then use axis=-1 without a word; no weight has another shape.
# Seen (2026-11-30):
#   Softmax(axis=[1, 2]): h5 sums to [4. 4.], keras [1. 1.], the model itself [1. 1.]
#   UnitNormalization(axis=[1, 2]): h5 has squares of [4. 4.], keras [1. 1.], the model itself [1. 1.]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
{ python3.11 -m venv "$folder/venv" && "$folder/venv/bin/pip" install -q keras==3.15.1 tensorflow-cpu==2.21.0 h5py==3.14.0; } >&2 || exit 2
cat > "$folder/try.py" <<'PY'
import sys
import keras
import numpy as np
import tensorflow as tf

print("keras", keras.__version__, "tensorflow", tf.__version__)
folder = sys.argv[1]
given = np.random.default_rng(0).normal(size=(2, 4, 5)).astype("float32")
changed = True
for layer, power, word in ((keras.layers.Softmax, 1, "sums to"), (keras.layers.UnitNormalization, 2, "has squares of")):
    model = keras.Sequential([keras.Input((4, 5)), layer(axis=[1, 2])])
    sums = {"live": (model.predict(given, verbose=0) ** power).sum((1, 2)).round(3)}
    for ending in ("h5", "keras"):
        model.save(f"{folder}/m.{ending}")
        loaded = keras.models.load_model(f"{folder}/m.{ending}", compile=False)
        sums[ending] = (loaded.predict(given, verbose=0) ** power).sum((1, 2)).round(3)
    print(f"{layer.__name__}(axis=[1, 2]): h5 {word} {sums['h5']}, keras {sums['keras']}, the model itself {sums['live']}")
    changed &= bool(np.allclose(sums["live"], sums["keras"]) and not np.allclose(sums["live"], sums["h5"]))
sys.exit(0 if changed else 1)
PY
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" "$folder/try.py" "$folder" 2> "$folder/log" || { code=$?; [ $code = 1 ] && exit 1; tail -5 "$folder/log" >&2; exit 2; }
