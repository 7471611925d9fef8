"""What training did, reproduced with Keras, Pillow and TensorFlow themselves: the reference by which an export is
judged."""
