"""What training did, run with Keras, Pillow and TensorFlow themselves: the reference an export is judged by."""
