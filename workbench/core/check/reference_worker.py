"""Worker process of the Keras reference: predicts with the model and reads images as training did, until input ends.

Started by `reference_client.ReferenceProcess` through `tensorflow_fork`. Standard input and output carry frames: eight
bytes of length, then a message in msgpack. Whatever libraries print goes to standard error, which is a log file.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.model import ModelFacts
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project


class PackedArray(msgspec.Struct, frozen=True):
    """An array in a message: numbers as raw bytes, texts as a list."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes = b""
    texts: tuple[bytes, ...] = ()


class LoadModel(msgspec.Struct, frozen=True, tag=True):
    """Load the model of a project; paths are relative to `base`. `facts` are the results of the file's scan."""

    project: Project
    base: str
    facts: ModelFacts


class ModelLoaded(msgspec.Struct, frozen=True, tag=True):
    """The model is loaded: its exact facts, its own names of inputs and outputs, weights that are not finite."""

    facts: ModelFacts
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    not_finite: tuple[tuple[str, int], ...]
    tolerance: float


class PredictBatch(msgspec.Struct, frozen=True, tag=True):
    """Predict one batch: an array for each input by name."""

    arrays: dict[str, PackedArray]


class ReadImages(msgspec.Struct, frozen=True, tag=True):
    """Read encoded images as training did."""

    images: tuple[bytes, ...]
    settings: Preprocess
    channels: int


class ImagesRead(msgspec.Struct, frozen=True, tag=True):
    """The pixels `(n, height, width, channels)` as training passed them to the network."""

    pixels: PackedArray


class BatchOutputs(msgspec.Struct, frozen=True, tag=True):
    """An array for each output by name."""

    arrays: dict[str, PackedArray]


class BatchFailed(msgspec.Struct, frozen=True, tag=True):
    """The request failed; the process continues."""

    error: ErrorInfo


Request = LoadModel | PredictBatch | ReadImages
Reply = ModelLoaded | BatchOutputs | ImagesRead | BatchFailed


NOT_READ: Final = "NOT_READ"
"""Error code for images that the training path cannot read."""


def packed(array: npt.NDArray[Any]) -> PackedArray:
    """An array as a message. Texts are object arrays in numpy."""
    if array.dtype.kind in "OSU":
        texts = tuple(t if isinstance(t, bytes) else str(t).encode() for t in array.ravel().tolist())
        return PackedArray("string", array.shape, texts=texts)
    return PackedArray(array.dtype.name, array.shape, np.ascontiguousarray(array).tobytes())


def unpacked(message: PackedArray) -> npt.NDArray[Any]:
    """The array of a message."""
    if message.dtype == "string":
        return np.array(message.texts, object).reshape(message.shape)
    if message.dtype == "bfloat16":
        import ml_dtypes

        return np.frombuffer(message.data, ml_dtypes.bfloat16).reshape(message.shape)
    return np.frombuffer(message.data, message.dtype).reshape(message.shape)


def send(stream: IO[bytes], message: Request | Reply) -> None:
    """Write one frame."""
    data = msgspec.msgpack.encode(message)
    stream.write(len(data).to_bytes(8, "big"))
    stream.write(data)
    stream.flush()


def receive(stream: IO[bytes], kind: Any) -> Any:
    """Read one frame; `None` at the end of the stream, also within a frame."""
    head = stream.read(8)
    size = int.from_bytes(head, "big")
    data = stream.read(size) if len(head) == 8 else b""
    return msgspec.msgpack.decode(data, type=kind) if len(head) == 8 and len(data) == size else None


def main() -> None:
    """Serve requests until standard input ends."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # Output of libraries must not corrupt the frames.
    served = _ModelServer()
    while (request := receive(requests, Request)) is not None:
        send(replies, served.reply(request))


class _ModelServer:
    def __init__(self) -> None:
        self._reference: Any = None

    def reply(self, request: Request) -> Reply:
        try:
            return self._answer(request)
        except WorkbenchError as err:
            return BatchFailed(err.info())
        except Exception as err:  # noqa: BLE001 - whatever Keras raises is the answer
            text = f"The Keras model could not be run: {type(err).__name__}: {' '.join(str(err).split())[:300]}"
            return BatchFailed(ErrorInfo("KERAS_FAILED", text))

    def _answer(self, request: Request) -> Reply:
        match request:
            case LoadModel():
                return self._open(request)
            case PredictBatch():
                return self._predict(request)
            case ReadImages():
                return _read(request)

    def _open(self, request: LoadModel) -> ModelLoaded:
        from workbench.core.model.load import load_scanned
        from workbench.core.model.load_permission import extras_of, options_for
        from workbench.core.training.keras_reference import KerasReference

        options = options_for(request.facts, extras_of(request.project, Path(request.base)))
        model = load_scanned(request.facts, options=options)
        self._reference = KerasReference(model.keras_model)
        names = tuple(self._reference.inputs), tuple(self._reference.outputs)
        return ModelLoaded(model.facts, *names, tuple(self._reference.not_finite()), self._reference.tolerance())

    def _predict(self, request: PredictBatch) -> BatchOutputs:
        arrays = {name: unpacked(message) for name, message in request.arrays.items()}
        return BatchOutputs({name: packed(array) for name, array in self._reference.predict(arrays).items()})


def _read(request: ReadImages) -> ImagesRead:
    from workbench.core.training.image_reading import read_as_training

    try:
        return ImagesRead(packed(read_as_training(request.images, request.settings, request.channels)))
    except Exception as err:
        # Pillow, Keras and TensorFlow each raise their own exceptions for images they cannot read.
        text = f"It cannot be read on the training path: {' '.join(str(err).split())[:200]}"
        raise WorkbenchError(NOT_READ, text) from err


if __name__ == "__main__":
    main()
