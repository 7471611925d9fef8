"""TensorFlow Serving's REST API: predict in rows and columns, classify, regress, metadata and status.

Shapes and words are those of tensorflow/serving: g3doc/api_rest.md, util/json_tensor.cc and
model_servers/http_rest_api_util.cc.
"""
