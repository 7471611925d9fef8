#!/usr/bin/env bash
# TensorFlow without oneDNN computes a grouped Conv2D on a CPU, alone or eagerly, but refuses it in a graph once a BiasAdd follows it: the graph optimiser fuses the two, and the fused kernel knows no groups.
# tensorflow-cpu 2.21.0, numpy 2.4.6, Python 3.11, TF_ENABLE_ONEDNN_OPTS=0
# Seen (2026-11-30):
#   tensorflow 2.21.0
#   eager, convolution and bias: (1, 3, 3, 6)
#   graph, convolution alone: (1, 3, 3, 6)
#   graph, convolution and bias: UnimplementedError: Fused conv implementation does not support grouped convolutions for now.
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv" || exit 2
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tensorflow-cpu==2.21.0 numpy==2.4.6 || exit 2
cat > "$folder/try.py" <<'PYTHON'
import sys

try:
    import numpy as np
    import tensorflow as tf
except ImportError as err:
    print(err)
    sys.exit(2)

image = tf.constant(np.ones((1, 5, 5, 4), "float32"))
weights = tf.constant(np.ones((3, 3, 2, 6), "float32"))  # Two input channels a filter: two groups.


def convolve(x):
    return tf.nn.conv2d(x, weights, 1, "VALID")


def with_bias(x):
    return tf.nn.bias_add(convolve(x), tf.ones(6))


print("tensorflow", tf.__version__)
print("eager, convolution and bias:", with_bias(image).shape)
print("graph, convolution alone:", tf.function(convolve)(image).shape)
try:
    print("graph, convolution and bias:", tf.function(with_bias)(image).shape)
except tf.errors.UnimplementedError as err:
    said = next(line for line in str(err).splitlines() if "grouped" in line)
    print("graph, convolution and bias: UnimplementedError:", said.strip())
    sys.exit(0)
sys.exit(1)
PYTHON
TF_ENABLE_ONEDNN_OPTS=0 TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" "$folder/try.py" 2>/dev/null
