#!/usr/bin/env bash
# No saved Keras 3 model with a RandomShear layer can be loaded again: the layer writes factors that its constructor refuses.
# Versions: keras 3.15.1, tensorflow-cpu 2.21.0, Python 3.11.
# RandomShear.get_config writes x_factor as (-0.2, 0.2); RandomShear.__init__ takes 0 to 1 only
# (keras.src.layers.preprocessing.image_preprocessing.random_shear, _check_factor_range).
# Seen (2026-11-30):
#   written: (-0.2, 0.2)
#   refused: The `factor` argument should be a number (or a list of two numbers) in the range [0, 1.0]. Received: input_number=-0.2
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
{ python3.11 -m venv "$folder/venv" && "$folder/venv/bin/pip" install -q keras==3.15.1 tensorflow-cpu==2.21.0; } >&2 || exit 2
cat > "$folder/try.py" <<'PY'
import sys
import keras
import tensorflow as tf

print("keras", keras.__version__, "tensorflow", tf.__version__)
path = sys.argv[1] + "/m.keras"
layer = keras.layers.RandomShear(0.2)
model = keras.Sequential([keras.Input((8, 8, 3)), layer, keras.layers.Flatten(), keras.layers.Dense(2)])
model.save(path)
print("written:", layer.get_config()["x_factor"])
try:
    keras.models.load_model(path, compile=False)
    print("it loads")
    sys.exit(1)
except (TypeError, ValueError) as err:
    reason = str(err).rpartition("Exception encountered: ")[2]
    print("refused:", reason)
    sys.exit(0 if "`factor` argument should be" in reason else 1)
PY
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" "$folder/try.py" "$folder" 2> "$folder/log" || { code=$?; [ $code = 1 ] && exit 1; tail -5 "$folder/log" >&2; exit 2; }
