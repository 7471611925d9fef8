"""Preview of the network's input: the tensor that the export itself computes from an image, as a PNG."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy.typing as npt

from workbench.core.instances.image_instances import Features, Values, make_instance
from workbench.core.instances.instance_form import served_by
from workbench.core.predict.record_request import asked_by
from workbench.core.savedmodel.opening import open_session
from workbench.core.training.pixel_scaling import as_picture
from workbench.spec.files import replacing
from workbench.spec.preprocess import Preprocess
from workbench.spec.row_summary import InputPreview
from workbench.spec.tensors import pixel_tensor

Array = npt.NDArray[Any]


class InputInspector:
    """Reads an export's inner tensors; for single images, so graph optimisation is off."""

    def __init__(self, directory: Path) -> None:
        """Load the export. Raises `WorkbenchError` NOT_A_SAVEDMODEL or CANNOT_LOAD."""
        self.directory = directory
        self._session = open_session(directory, optimise=False)
        self._served = served_by(directory, self._session.signatures)

    def look(
        self, source: str, values: Values, features: Features, scales: Mapping[str, Preprocess], folder: Path
    ) -> list[InputPreview]:
        """Write one PNG per image input into `folder`; the statistics are those of the model's exact input values.

        `scales` are the settings by alias, used only to undo the scaling for display. Raises `WorkbenchError` for an
        image that cannot be read, and RUN_FAILED for one that the export rejects.
        """
        form = self._served.form
        return self._look(form.signature, make_instance(form, source, values, features), scales, folder)

    def look_at_record(
        self, path: Path, number: int, values: Values, scales: Mapping[str, Preprocess], folder: Path
    ) -> list[InputPreview]:
        """The same for a record of a file, counted from 1. Raises `WorkbenchError` NO_RECORD, or the record's own
        error."""
        return self._look(*asked_by(self._served, path, number, values), scales, folder)

    def _look(
        self, signature: str, instance: Mapping[str, Any], scales: Mapping[str, Preprocess], folder: Path
    ) -> list[InputPreview]:
        images = self._served.form.images
        columns = {alias: [value] for alias, value in instance.items()}
        # All signatures share these tensors: there is one graph.
        names = [pixel_tensor(alias) for alias in images]
        tensors = self._session.fetch(names, signature, columns) if names else []
        found = zip(images, tensors, strict=True)
        return [preview(alias, tensor[0], scales[alias], folder, with_values=True) for alias, tensor in found]

    def close(self) -> None:
        """Free the session."""
        self._session.close()


def preview(
    alias: str, pixels: Array, preprocess: Preprocess, folder: Path, *, with_values: bool = False
) -> InputPreview:
    """A tensor `(height, width, channels)` as a PNG in `folder`, with the statistics of its own numbers.

    `preprocess` is used only to undo the scaling for display. `with_values` writes the numbers beside the PNG, too.
    """
    path = write_png(as_picture(pixels, preprocess), folder)
    values = _write_values(pixels, Path(path).with_suffix(".f32")) if with_values else ""
    flat = pixels.reshape(-1, pixels.shape[-1]).astype("float64")
    return InputPreview(
        alias,
        path,
        tuple(int(n) for n in pixels.shape),
        float(flat.min()),
        float(flat.max()),
        tuple(float(v) for v in flat.mean(0)),
        values,
    )


def _write_values(pixels: Array, path: Path) -> str:
    with replacing(path) as out:
        out.write(pixels.astype("<f4").tobytes())
    return str(path)


def write_png(shown: Array, folder: Path) -> str:
    """Write pixel values (0-255) `(height, width, channels)`, uint8, into `folder`; answers the new file's path."""
    from PIL import Image

    # A name that was never there: windows remember pictures by their paths, and remove those they need no more.
    path = folder / f"{uuid.uuid4().hex}.png"
    with replacing(path) as out:
        Image.fromarray(shown[..., 0] if shown.shape[-1] == 1 else shown).save(out, "PNG")
    return str(path)
