"""`cv2.resize` of 8-bit images as ops of TensorFlow 1.15, one module per family of kernels."""
