#!/usr/bin/env bash
# A Keras 3 model whose outputs are an OrderedDict comes back from .keras with the weights of its equal heads exchanged, in silence.
# Versions: keras 3.15.1, tensorflow-cpu 2.21.0, Python 3.11.
# Keras orders the layers of a functional model by its outputs. An OrderedDict keeps the order in which it was filled;
# JSON gives back a plain dict, which is flattened by sorted keys. Layers without distinct classes are numbered in that
# order in the archive of weights (dense, dense_1, ...), so the heads take each other's weights when it is read.
# Seen (2026-11-30):
#   layers before: ['zebra_head', 'apple_head'], after: ['apple_head', 'zebra_head']
#   OrderedDict: zebra differs by more than 0.1: True
#   dict: zebra differs by more than 0.1: False
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
{ python3.11 -m venv "$folder/venv" && "$folder/venv/bin/pip" install -q keras==3.15.1 tensorflow-cpu==2.21.0; } >&2 || exit 2
cat > "$folder/try.py" <<'PY'
import sys
from collections import OrderedDict

import keras
import numpy as np
import tensorflow as tf

print("keras", keras.__version__, "tensorflow", tf.__version__)
folder = sys.argv[1]
given = np.random.default_rng(0).random((2, 4)).astype("float32")
moved = {}
for kind in (OrderedDict, dict):
    x = keras.Input((4,))
    heads = [("zebra", keras.layers.Dense(2, name="zebra_head")(x)), ("apple", keras.layers.Dense(2, name="apple_head")(x))]
    model = keras.Model(x, kind(heads))
    model.get_layer("zebra_head").set_weights([np.full((4, 2), 1.0), np.zeros(2)])
    model.get_layer("apple_head").set_weights([np.full((4, 2), -1.0), np.zeros(2)])
    model.save(f"{folder}/m.keras")
    again = keras.models.load_model(f"{folder}/m.keras", compile=False)
    if kind is OrderedDict:
        names = [[layer.name for layer in m.layers[1:]] for m in (model, again)]
        print(f"layers before: {names[0]}, after: {names[1]}")
    gap = abs(again.predict(given, verbose=0)["zebra"] - model.predict(given, verbose=0)["zebra"]).max()
    moved[kind] = bool(gap > 0.1)
    print(f"{kind.__name__}: zebra differs by more than 0.1: {moved[kind]}")
sys.exit(0 if moved == {OrderedDict: True, dict: False} else 1)
PY
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" "$folder/try.py" "$folder" 2> "$folder/log" || { code=$?; [ $code = 1 ] && exit 1; tail -5 "$folder/log" >&2; exit 2; }
