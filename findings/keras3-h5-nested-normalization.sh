#!/usr/bin/env bash
# Keras 3.15.1 reads an adapted Normalization within another model back from .h5 with the right weights but predicts as if never adapted.
# Its reader assigns the weights of the inner model and never calls Normalization.finalize_state; .keras files are right.
# keras 3.15.1, tensorflow-cpu 2.21.0, Python 3.11.
# Seen (2026-11-30):
#   Keras 3.15.1 m.keras largest difference 0 weights equal: True
#   Keras 3.15.1 m.h5 largest difference 389.6 weights equal: True
set -u
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
export TF_CPP_MIN_LOG_LEVEL=3 KERAS_BACKEND=tensorflow
python3.11 -m venv "$work/v" && "$work/v/bin/pip" install -q tensorflow-cpu==2.21.0 keras==3.15.1 >/dev/null 2>&1 || exit 2
cd "$work" || exit 2
"$work/v/bin/python" - 2>/dev/null <<'PY'
import keras, numpy as np
keras.utils.set_random_seed(1)
data = np.random.default_rng(0).uniform(0, 255, (8, 6, 6, 3)).astype("float32")
normal = keras.layers.Normalization()
normal.adapt(data)
inner = keras.Sequential([keras.Input((6, 6, 3)), normal, keras.layers.Conv2D(2, 3)])
x = keras.Input((6, 6, 3))
model = keras.Model(x, keras.layers.Dense(2)(keras.layers.Flatten()(inner(x))))
away = []
for name in ("m.keras", "m.h5"):
    model.save(name)
    again = keras.models.load_model(name, compile=False)
    away.append(float(np.abs(np.asarray(again(data)) - np.asarray(model(data))).max()))
    same = all(np.array_equal(a, b) for a, b in zip(again.get_weights(), model.get_weights()))
    print("Keras", keras.__version__, name, "largest difference %.4g" % away[-1], "weights equal:", same)
raise SystemExit(0 if away[0] < 1e-5 and away[1] > 1 and same else 1)
PY
