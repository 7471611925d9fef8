#!/usr/bin/env bash
# A .keras file of Keras 2.13.1 keeps its weights under _layer_checkpoint_dependencies and counts layers twice, so tf_keras 2.21 refuses it.
# Keras 2.12.0 and 2.13.1 number a layer with weights twice (dense, dense_2, ...), 2.14.0 once, both in that group;
# Keras 2.15.0 and tf_keras write and read "layers".
# Written by tensorflow-cpu 2.13.1 (Keras 2.13.1), read by tf_keras 2.21.0 on tensorflow-cpu 2.21.0, Python 3.11.
# Seen (2026-11-30):
#   groups of Keras 2.13.1: ['dense', 'dense_2', 'input_layer'] in ['_layer_checkpoint_dependencies', 'vars']
#   tf_keras 2.21.0: ValueError: Layer 'dense_1' expected 2 variables, but received 0 variables during loading.
set -u
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
export TF_CPP_MIN_LOG_LEVEL=3
python3.11 -m venv "$work/old" && "$work/old/bin/pip" install -q tensorflow-cpu==2.13.1 >/dev/null 2>&1 || exit 2
python3.11 -m venv "$work/new" && "$work/new/bin/pip" install -q tensorflow-cpu==2.21.0 tf_keras==2.21.0 >/dev/null 2>&1 || exit 2
cd "$work" || exit 2
"$work/old/bin/python" - 2>/dev/null <<'PY' || exit 2
import zipfile, io, h5py, keras
x = keras.Input((4,))
model = keras.Model(x, keras.layers.Dense(2)(keras.layers.Dense(3)(x)))
model.save("m.keras")
with zipfile.ZipFile("m.keras") as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
    top = "_layer_checkpoint_dependencies"
    print(f"groups of Keras {keras.__version__}:", sorted(file.get(top, [])), "in", sorted(file))
    raise SystemExit(0 if sorted(file.get(top, [])) == ["dense", "dense_2", "input_layer"] else 3)
PY
"$work/new/bin/python" - 2>/dev/null <<'PY'
import tf_keras
try:
    tf_keras.models.load_model("m.keras", compile=False)
except ValueError as err:
    print(f"tf_keras {tf_keras.__version__}: ValueError:", str(err).split(" Expected")[0])
    raise SystemExit(0 if "expected 2 variables, but received 0" in str(err) else 1)
print(f"tf_keras {tf_keras.__version__}: it was read")
raise SystemExit(1)
PY
