"""Writes numpy's files without pickles: an `.npz` with one array per key, or an `.npy` if there is one key.

Bytes and texts have numpy's dtype `S`, each element padded with NULs to the longest: `np.load` and `saved_model_cli`
read it without running anything. Elements are first written to temporary files, because the length of the longest is
only known at the end.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from workbench.core.tensor_values import dtype_of, to_array
from workbench.spec.errors import WorkbenchError
from workbench.spec.tensors import TensorSpec

EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""Timestamp of every entry (zip's earliest): the same instances give the same bytes."""


class ArrayWriter:
    """The instances of one file, spooled column by column; `finish` turns them into arrays."""

    def __init__(self, path: Path, inputs: Mapping[str, TensorSpec], *, single: bool) -> None:
        """Open the spools. Raises `WorkbenchError` MANY_KEYS for an `.npy` with several keys."""
        if single and len(inputs) > 1:
            hint = "Use .npz, which holds one array per key."
            raise WorkbenchError("MANY_KEYS", f"An .npy holds one array; the keys are: {', '.join(inputs)}.", hint=hint)
        self._path, self._single = path, single
        self._columns = {
            alias: (_BytesSpool if tensor.dtype == "DT_STRING" else _NumberSpool)(
                alias, tensor, path.with_name(f"{path.name}.{number}")
            )
            for number, (alias, tensor) in enumerate(inputs.items())
        }

    def put(self, instance: Mapping[str, Any]) -> None:
        """Add an instance. Raises `WorkbenchError` ENDS_IN_NUL or BAD_VALUE, and then nothing was added."""
        rows = {alias: column.row(instance[alias]) for alias, column in self._columns.items()}
        for alias, column in self._columns.items():
            column.add(rows[alias])

    def close(self) -> None:
        """Delete the spooled values."""
        for column in self._columns.values():
            column.spool.close()

    def finish(self) -> None:
        """Write the arrays and delete the spooled values."""
        self.close()
        if self._single:
            with self._path.open("wb") as out:
                next(iter(self._columns.values())).save(out)
        else:
            self._save_all()
        for column in self._columns.values():
            column.place.unlink()

    def _save_all(self) -> None:
        with zipfile.ZipFile(self._path, "w") as archive:
            for alias, column in self._columns.items():
                entry = zipfile.ZipInfo(f"{alias}.npy", EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED if column.is_padded else zipfile.ZIP_STORED
                with archive.open(entry, "w", force_zip64=True) as out:
                    column.save(out)


class _KeySpool:
    """One key's values. All instances have the shape of the first, as an array requires."""

    def __init__(self, alias: str, tensor: TensorSpec, place: Path) -> None:
        self.alias, self.tensor, self.place = alias, tensor, place
        self.spool = place.open("wb")
        self.shape: tuple[int, ...] | None = None
        self.count = 0

    @property
    def is_padded(self) -> bool:
        """Whether compression pays because so much of the array is padding."""
        return False

    def row(self, value: Any) -> Any:
        """One value in the form in which it is spooled. Raises `WorkbenchError`."""
        array = to_array(self.alias, [value], self.tensor)[0:1]
        if self.shape is not None and array.shape[1:] != self.shape:
            text = (
                f"The value of '{self.alias}' has the shape {list(array.shape[1:])}, the first has {list(self.shape)}."
            )
            raise WorkbenchError("BAD_VALUE", text, hint="An array has values of one shape; prepare JSON lines.")
        return array

    def add(self, row: Any) -> None:
        """Spool a value."""
        self.shape = row.shape[1:]
        self.count += 1

    def save(self, out: IO[bytes]) -> None:
        """Write the whole array."""
        raise NotImplementedError

    def _header(self, out: IO[bytes], dtype: np.dtype[Any]) -> None:
        shape = (self.count, *(self.shape or tuple(max(d, 0) for d in (self.tensor.shape or (-1,))[1:])))
        described = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(out, described)


class _NumberSpool(_KeySpool):
    """Numbers: rows of one size, concatenated as in the array."""

    def add(self, row: Any) -> None:
        super().add(row)
        self.spool.write(row.astype(self._dtype).tobytes())

    @property
    def _dtype(self) -> np.dtype[Any]:
        # numpy has no bfloat16: such a file would contain nameless bytes.
        return np.dtype("float32") if self.tensor.dtype == "DT_BFLOAT16" else dtype_of(self.tensor)

    def save(self, out: IO[bytes]) -> None:
        self._header(out, self._dtype)
        with self.place.open("rb") as spooled:
            while block := spooled.read(1 << 20):
                out.write(block)


class _BytesSpool(_KeySpool):
    """Bytes and texts, spooled unchanged, with the length of each."""

    def __init__(self, alias: str, tensor: TensorSpec, place: Path) -> None:
        super().__init__(alias, tensor, place)
        self._lengths: list[int] = []

    @property
    def _longest(self) -> int:
        return max(1, max(self._lengths, default=1))

    @property
    def is_padded(self) -> bool:
        return sum(self._lengths) * 2 < len(self._lengths) * self._longest

    def row(self, value: Any) -> Any:
        array = super().row(value)
        if any(v.endswith(b"\0") for v in array.ravel()):
            text = f"The value of '{self.alias}' ends in a NUL byte, which NumPy's bytes dtype removes."
            raise WorkbenchError("ENDS_IN_NUL", text, hint="Prepare JSON lines or TFRecords.")
        return array

    def add(self, row: Any) -> None:
        super().add(row)
        for value in row.ravel():
            self._lengths.append(len(value))
            self.spool.write(value)

    def save(self, out: IO[bytes]) -> None:
        longest = self._longest
        self._header(out, np.dtype(f"S{longest}"))
        with self.place.open("rb") as spooled:
            for length in self._lengths:
                out.write(spooled.read(length).ljust(longest, b"\0"))
