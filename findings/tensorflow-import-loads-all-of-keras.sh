#!/usr/bin/env bash
# import tensorflow imports Keras 3 with all its optimizers, although tf.keras itself is loaded lazily.
# tensorflow-cpu 2.21.0, keras 3.15.1, Python 3.11, Linux x86-64.
# It serves a registration that only optimizers inside a SavedModel need, and takes about a third of the import's time: in a process that only runs graphs, too.
# Seen (2026-12-01):
#   Keras 3's optimizers are imported: True
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m venv venv || exit 2
venv/bin/pip install --quiet --disable-pip-version-check tensorflow-cpu==2.21.0 keras==3.15.1 || exit 2
cat > seen.py <<'PY'
import sys

import tensorflow

print("tensorflow", tensorflow.__version__)
print("Keras 3's optimizers are imported:", "keras.src.optimizers.adam" in sys.modules)
PY
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=
venv/bin/python seen.py 2> err.txt | tee seen.txt
test "${PIPESTATUS[0]}" = 0 || { cat err.txt; exit 2; }
grep -qxF "Keras 3's optimizers are imported: True" seen.txt || exit 1
