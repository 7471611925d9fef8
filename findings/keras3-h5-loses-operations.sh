#!/usr/bin/env bash
# An .h5 written by Keras 3 cannot be read back by Keras 3 when its model holds an operation on a tensor, such as x / 127.5.
# Versions: keras 3.15.1, tensorflow-cpu 2.21.0, h5py 3.14.0, Python 3.11.
# The legacy writer (keras.src.legacy.saving.serialization.serialize_keras_object) stores the class name of every layer
# and operation without its module; the reader looks names up among the layers. Where an operation has the name of a
# layer (Subtract, Add, Softmax ...) it takes the layer. The same model as .keras loads with the same numbers.
# Seen (2026-11-30):
#   x / 127.5 - 1 as .h5: ValueError: Unknown layer: 'TrueDivide'. Please ensure you are using a `keras.util
#   x / 127.5 - 1 as .keras: differs by 0.0
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
x = keras.Input((4,))
model = keras.Model(x, keras.layers.Dense(2)(x / 127.5 - 1))
given = np.arange(8, dtype="float32").reshape(2, 4)
expected = model.predict(given, verbose=0)
said = {}
for ending in ("h5", "keras"):
    model.save(f"{folder}/m.{ending}")
    try:
        again = keras.models.load_model(f"{folder}/m.{ending}", compile=False).predict(given, verbose=0)
        said[ending] = f"differs by {abs(again - expected).max()}"
    except ValueError as err:
        said[ending] = f"ValueError: {str(err)[:70]}"
    print("x / 127.5 - 1 as ." + ending + ":", said[ending])
sys.exit(0 if "Unknown layer: 'TrueDivide'" in said["h5"] and said["keras"] == "differs by 0.0" else 1)
PY
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" "$folder/try.py" "$folder" 2> "$folder/log" || { code=$?; [ $code = 1 ] && exit 1; tail -5 "$folder/log" >&2; exit 2; }
