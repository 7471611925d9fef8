#!/usr/bin/env bash
# Keras 3 foretells one axis too many for a TextVectorization that counts, and whole numbers for a StringLookup that gives texts.
# Versions: keras 3.15.1, tensorflow-cpu 2.21.0, Python 3.11.
# model.output_shape and model.output.dtype are not those of what the model gives. A SavedModel whose signature is written by
# them opens in the v1 loader, and tf.saved_model.load refuses it ("Shapes must be equal rank, but are 2 and 3").
# Seen (2026-11-30):
#   TextVectorization(output_mode="count"): foretold (None, 1, 3), given (2, 3)
#   StringLookup(invert=True): foretold int64, given string
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
{ python3.11 -m venv "$folder/venv" && "$folder/venv/bin/pip" install -q keras==3.15.1 tensorflow-cpu==2.21.0; } >&2 || exit 2
cat > "$folder/try.py" <<'PY'
import sys
import keras
import tensorflow as tf

print("keras", keras.__version__, "tensorflow", tf.__version__)
text = keras.Input((1,), dtype="string")
counts = keras.layers.TextVectorization(vocabulary=["a", "b"], output_mode="count")
counting = keras.Model(text, counts(text))
given = counting(tf.constant([["a b"], ["c"]]))
print(f'TextVectorization(output_mode="count"): foretold {counting.output_shape}, given {tuple(given.shape)}')
number = keras.Input((1,), dtype="int64")
naming = keras.Model(number, keras.layers.StringLookup(vocabulary=["a", "b"], invert=True)(number))
named = naming(tf.constant([[1]], tf.int64))
print(f"StringLookup(invert=True): foretold {naming.output.dtype}, given {named.dtype.name}")
wrong = len(counting.output_shape) != len(given.shape) and naming.output.dtype != named.dtype.name
sys.exit(0 if wrong else 1)
PY
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" "$folder/try.py" "$folder" 2> "$folder/log" || { code=$?; [ $code = 1 ] && exit 1; tail -5 "$folder/log" >&2; exit 2; }
