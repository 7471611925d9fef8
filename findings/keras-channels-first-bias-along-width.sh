#!/usr/bin/env bash
# Keras 3 on TensorFlow adds the bias of a channels_first Conv2D along the width instead of the channels when the output is as wide as it has channels; no error is raised, and other sizes are right.
# keras 3.15.1, tensorflow-cpu 2.21.0, numpy 2.4.6, Python 3.11 (oneDNN on, which computes the layout on a CPU)
# Seen (2026-11-30):
#   keras 3.15.1 tensorflow 2.21.0
#   width 5, 6 channels: largest difference to channels_last 0
#   width 6, 6 channels: largest difference to channels_last 5
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv" || exit 2
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tensorflow-cpu==2.21.0 keras==3.15.1 numpy==2.4.6 || exit 2
cat > "$folder/try.py" <<'PYTHON'
import sys

try:
    import keras
    import numpy as np
    import tensorflow as tf
except ImportError as err:
    print(err)
    sys.exit(2)

print("keras", keras.__version__, "tensorflow", tf.__version__)


def difference(width):
    weights = [np.zeros((1, 1, 2, 6), "float32"), np.arange(6, dtype="float32")]
    image = np.zeros((1, 2, 4, width), "float32")
    answers = []
    for data_format, given in (("channels_first", image), ("channels_last", np.moveaxis(image, 1, -1))):
        layer = keras.layers.Conv2D(6, 1, data_format=data_format)
        layer.build(given.shape)
        layer.set_weights(weights)
        answers.append(np.asarray(layer(given)))
    return float(np.abs(answers[0] - np.moveaxis(answers[1], -1, 1)).max())


try:
    found = {width: difference(width) for width in (5, 6)}
except tf.errors.OpError as err:
    print(err)  # TensorFlow without oneDNN has no such convolution.
    sys.exit(2)
for width, value in found.items():
    print(f"width {width}, 6 channels: largest difference to channels_last {value:g}")
sys.exit(0 if found[5] == 0 and found[6] == 5 else 1)
PYTHON
TF_ENABLE_ONEDNN_OPTS=1 KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" "$folder/try.py" 2>/dev/null
