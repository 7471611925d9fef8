"""Open Inference Protocol through tritonclient[http]: python triton.py URL. Prints a JSON object verb: result."""

from __future__ import annotations

import sys
from functools import partial
from urllib.parse import urlsplit

import numpy as np
import tritonclient.http as triton
from verbs import Verbs

NUMBERS = np.array([[1, 2], [3, 4]], np.float32)
STRINGS = np.array([b"3", b"4"], object)


def main(url: str) -> None:
    client = triton.InferenceServerClient(urlsplit(url).netloc)
    verbs = Verbs()
    verbs.add("live", client.is_server_live, True)
    verbs.add("ready", lambda: client.is_server_ready() and client.is_model_ready("m", "7"), True)
    verbs.add("metadata", lambda: client.get_model_metadata("m")["inputs"][0]["datatype"], "FP32")
    for binary, name in ((True, "binary"), (False, "JSON")):
        for packed in (None, "gzip", "deflate"):
            title = f"infer, {name}" + (f", {packed}" if packed else "")
            verbs.add(title, partial(infer, client, NUMBERS, "FP32", binary, packed), (NUMBERS * 2).tolist())
        verbs.add(f"infer, BYTES, {name}", partial(infer, client, STRINGS, "BYTES", binary, None), [6.0, 8.0])
    verbs.show()


def infer(
    client: triton.InferenceServerClient, values: np.ndarray, kind: str, binary: bool, packed: str | None
) -> object:
    given = triton.InferInput("image", values.shape, kind)
    given.set_data_from_numpy(values, binary_data=binary)
    wanted = [triton.InferRequestedOutput("y", binary_data=binary)]
    reply = client.infer("m", [given], outputs=wanted, request_id="1", request_compression_algorithm=packed)
    return reply.as_numpy("y").tolist()


main(sys.argv[1])
