"""TensorFlow Serving's gRPC: PredictionService (Predict, Classify, Regress, GetModelMetadata) and ModelService.

Messages and rules: tensorflow/serving, tensorflow_serving/apis/*.proto and servables/tensorflow.
"""
