"""The parts of the preprocessing graph: each in ops of TensorFlow 1.15, on one image at a time.

Only the format "any" needs more: `DecodeImage` was added in TensorFlow 2.4.
"""
