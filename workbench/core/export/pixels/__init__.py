"""The parts of the preprocessing graph: each of them ops of TensorFlow 1.15, on one image at a time.

Only the format "any" needs more: `DecodeImage` came with TensorFlow 2.4.
"""
