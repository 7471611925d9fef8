"""Reads files into records on a worker, with the code of the local command."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import apache_beam as beam
import msgspec
from apache_beam.metrics import Metrics

from workbench.core.data.beam.features import SharedFeatures
from workbench.core.data.beam.handler import size_of
from workbench.core.data.beam.inputs import InputElement, read
from workbench.core.data.beam.runner import NAMESPACE
from workbench.core.data.beam.staging import copied_here
from workbench.core.instances.examples import example_of
from workbench.core.instances.image_instances import Features, Values, check_values, features_of, instance_of
from workbench.core.instances.inputs import Inputs, InstanceRecord
from workbench.core.instances.instance_form import ServedSignatures
from workbench.core.instances.sources import Source
from workbench.spec.errors import WorkbenchError
from workbench.spec.input_files import kind_by_ending


class MakeRecords(beam.DoFn):  # type: ignore[misc]
    """Creates one record from an image, or all records of a record file; a failure becomes a record with its error."""

    def __init__(self, served: ServedSignatures, values: Values, rows: SharedFeatures) -> None:
        self._served, self._values, self._rows = served, values, rows
        self._features: Features = {}
        self._bytes = Metrics.counter(NAMESPACE, "bytes")

    def setup(self) -> None:
        """Called once per worker: reads the features file."""
        self._features = self._rows.opened()

    def process(self, element: InputElement) -> Iterator[InstanceRecord]:
        """Yield the records of one file."""
        path, own = element
        kind = kind_by_ending(path)
        records = self._image(path, own) if kind == "image" else self._file(path, Source(path, kind))
        for record in records:
            self._bytes.inc(size_of(record))
            yield record

    def _image(self, path: str, own: Values) -> Iterator[InstanceRecord]:
        served = self._served
        name = served.chosen if served.as_examples else served.form.signature
        given = {**self._values, **{key: value for key, value in own.items() if key in served.form.inputs}}
        try:
            check_values(served.form, given, self._features)
            given = {**self._values, **features_of(self._features, path), **given}
            instance: object = instance_of(served.form, path, read(path), given)
            if served.as_examples and isinstance(instance, dict):
                alias = next(iter(served.signatures[name].inputs))
                instance = {alias: example_of(served.form.inputs, instance)}
            yield InstanceRecord(path, name, instance)
        except WorkbenchError as err:
            yield InstanceRecord(path, name, err.info())

    def _file(self, path: str, source: Source) -> Iterator[InstanceRecord]:
        with tempfile.TemporaryDirectory() as folder:
            try:
                here = path if "://" not in path else _copied(path, folder)
                asked = Inputs(self._served, [Source(here, source.kind)], self._values, {})
            except (WorkbenchError, OSError) as err:
                info = err.info() if isinstance(err, WorkbenchError) else WorkbenchError("CANNOT_READ", str(err)).info()
                yield InstanceRecord(path, self._served.form.signature, info)
                return
            for record in asked.records():
                yield msgspec.structs.replace(record, source=f"{path}{record.source.removeprefix(here)}")


def _copied(path: str, folder: str) -> str:
    here = Path(folder, os.path.basename(path))
    copied_here(path, here)
    return str(here)
