"""TensorFlow Serving's REST API: predict in rows and columns, classify, regress, metadata and status.

Shapes and error texts are those of tensorflow/serving: its REST API guide, util/json_tensor.cc and
model_servers/http_rest_api_util.cc.
"""
