"""Open Inference Protocol through kserve's client: python kserve_v2.py URL. Prints a JSON object verb: result."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from functools import partial
from typing import Any

import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.infer_type import RequestedOutput
from verbs import Verbs

NUMBERS = np.array([[1, 2], [3, 4]], np.float32)
STRINGS = np.array([b"3", b"4"], object)


def main(url: str) -> None:
    verbs = Verbs()
    loop = asyncio.new_event_loop()
    client = InferenceRESTClient(RESTConfig(protocol="v2"))

    def wait(work: Coroutine[Any, Any, Any]) -> Any:
        return loop.run_until_complete(work)

    verbs.add("live", lambda: wait(client.is_server_live(url)), True)
    verbs.add("ready", lambda: wait(client.is_server_ready(url)) and wait(client.is_model_ready(url, "m")), True)

    def answered(values: np.ndarray, kind: str, binary: bool) -> Any:
        return wait(infer(client, url, values, kind, binary))

    for binary, name in ((True, "binary"), (False, "JSON")):
        verbs.add(f"infer, {name}", partial(answered, NUMBERS, "FP32", binary), (NUMBERS * 2).tolist())
        verbs.add(f"infer, BYTES, {name}", partial(answered, STRINGS, "BYTES", binary), [6.0, 8.0])
    verbs.show()


async def infer(client: InferenceRESTClient, url: str, values: np.ndarray, kind: str, binary: bool) -> object:
    given = InferInput("image", list(values.shape), kind)
    given.set_data_from_numpy(values, binary_data=binary)
    request = InferRequest("m", [given], request_id="1", request_outputs=[RequestedOutput("y")])
    reply = await client.infer(url, request, model_name="m")
    return reply.outputs[0].as_numpy().tolist()


main(sys.argv[1])
