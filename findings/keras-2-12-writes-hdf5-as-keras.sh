#!/usr/bin/env bash
# Keras 2.12.0 writes an HDF5 file under the name model.keras, even with save_format="keras"; only "keras_v3" writes the zip archive.
# tensorflow-cpu 2.12.1 (Keras 2.12.0), Python 3.11.
# Seen (2026-11-30):
#   Keras 2.12.0 None b'\x89HDF'
#   Keras 2.12.0 keras b'\x89HDF'
#   Keras 2.12.0 keras_v3 b'PK\x03\x04'
set -u
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
export TF_CPP_MIN_LOG_LEVEL=3
python3.11 -m venv "$work/v" && "$work/v/bin/pip" install -q tensorflow-cpu==2.12.1 >/dev/null 2>&1 || exit 2
cd "$work" || exit 2
"$work/v/bin/python" - 2>/dev/null <<'PY'
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
heads = []
for form in (None, "keras", "keras_v3"):
    model.save("m.keras", save_format=form)
    with open("m.keras", "rb") as file:
        heads.append(file.read(4))
    print("Keras", keras.__version__, form, heads[-1])
raise SystemExit(0 if heads == [b"\x89HDF", b"\x89HDF", b"PK\x03\x04"] else 1)
PY
