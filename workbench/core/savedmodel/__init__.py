"""A SavedModel: its signatures and ops read by protobuf, its graph run, and the TensorFlow releases that can load
it."""
