#!/usr/bin/env bash
# Keras 3.15.1 saves a GPTQ-quantized Dense without its zero points, so that the .keras file cannot be read back by Keras itself.
# Dense.save_own_variables writes kernel_zero for int4 only; files of Keras 3.12.1 have all five variables and are read.
# keras 3.15.1, tensorflow-cpu 2.21.0, Python 3.11.
# Seen (2026-11-30):
#   Keras 3.15.1 saved 4 of 5 variables: bias, quantized_kernel, kernel_scale, kernel_zero, g_idx
#   ValueError: Layer 'dense' expected 5 variables, but received 4 variables during loading.
set -u
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
export TF_CPP_MIN_LOG_LEVEL=3 KERAS_BACKEND=tensorflow
python3.11 -m venv "$work/v" && "$work/v/bin/pip" install -q tensorflow-cpu==2.21.0 keras==3.15.1 >/dev/null 2>&1 || exit 2
cd "$work" || exit 2
"$work/v/bin/python" - 2>/dev/null <<'PY'
import io, zipfile, h5py, keras, numpy as np
keras.utils.disable_interactive_logging()
L = keras.layers
embedding, inside = L.Embedding(20, 8), keras.Input((5, 8))
block = keras.Model(inside, L.Dense(8, name="dense")(inside))
x = keras.Input((5,), dtype="int32")
model = keras.Model(x, L.GlobalAveragePooling1D()(block(embedding(x))))
object.__setattr__(
    model,
    "get_quantization_layer_structure",
    lambda mode=None: {"pre_block_layers": [embedding], "sequential_blocks": [block]},
)
data = [np.random.RandomState(i).randint(0, 20, (1, 5)) for i in range(8)]
config = keras.quantizers.GPTQConfig(
    dataset=data, tokenizer=object(), weight_bits=4, num_samples=8, sequence_length=5, group_size=4
)
model.quantize("gptq", config=config)
model.save("m.keras")
names = block.layers[1].variable_serialization_spec["gptq"]
with zipfile.ZipFile("m.keras") as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
    stored = len(file["layers/functional/layers/dense/vars"])
print(f"Keras {keras.__version__} saved {stored} of {len(names)} variables:", ", ".join(names))
try:
    keras.models.load_model("m.keras", compile=False)
except ValueError as err:
    line = next((part for part in str(err).splitlines() if "expected" in part), str(err))
    print("ValueError:", line.split(" Expected")[0])
    raise SystemExit(0 if stored == len(names) - 1 else 1)
raise SystemExit(1)
PY
