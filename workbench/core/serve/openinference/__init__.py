"""The Open Inference Protocol (`/v2`) over the versions of `ml` v1, as KServe and Triton speak it.

Sources: kserve/open-inference-protocol, specification/protocol/inference_rest.md; Triton's extension of binary data,
triton-inference-server/server, docs/protocol/extension_binary_data.md.
"""
