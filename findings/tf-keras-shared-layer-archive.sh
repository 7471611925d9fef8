#!/usr/bin/env bash
# tf_keras 2.21.0 cannot read back its own .keras file of a model that shares one layer with a model within it.
# The configuration gives both places one shared_object_id, but layers.deserialize drops it for built-in classes and makes two layers.
# tf_keras 2.21.0, tensorflow-cpu 2.21.0, Python 3.11.
# Seen (2026-11-30):
#   both places have one shared_object_id: True
#   tf_keras 2.21.0 m.keras ValueError: Layer 'dense' expected 2 variables, but received 0 variables during loading.
#   tf_keras 2.21.0 m.h5 largest difference 0.0
set -u
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
export TF_CPP_MIN_LOG_LEVEL=3
python3.11 -m venv "$work/v" && "$work/v/bin/pip" install -q tensorflow-cpu==2.21.0 tf_keras==2.21.0 >/dev/null 2>&1 || exit 2
cd "$work" || exit 2
"$work/v/bin/python" - 2>/dev/null <<'PY'
import json, zipfile, numpy as np, tf_keras as keras
both = keras.layers.Dense(4, name="both")
tower = keras.Sequential([keras.Input((4,)), both, keras.layers.Dense(4)])
x = keras.Input((4,))
model = keras.Model(x, tower(both(x)))
data, refused, away = np.ones((2, 4), "float32"), False, 1.0
model.save("m.keras"), model.save("m.h5")
layers = json.loads(zipfile.ZipFile("m.keras").read("config.json"))["config"]["layers"]
ids = [layers[1]["shared_object_id"], layers[2]["config"]["layers"][1]["shared_object_id"]]
print("both places have one shared_object_id:", ids[0] == ids[1])
try:
    keras.models.load_model("m.keras", compile=False)
except ValueError as err:
    refused = True
    print(f"tf_keras {keras.__version__} m.keras ValueError:", str(err).split(" Expected")[0])
away = float(np.abs(keras.models.load_model("m.h5", compile=False)(data) - model(data)).max())
print(f"tf_keras {keras.__version__} m.h5 largest difference", away)
raise SystemExit(0 if refused and ids[0] == ids[1] and away == 0 else 1)
PY
