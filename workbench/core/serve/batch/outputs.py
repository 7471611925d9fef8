"""A job's output: shards written to temporary files, which become objects of the bucket when the job is done."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType

from workbench.core.serve.batch.inputs import split_uri
from workbench.core.serve.storage.content import Conditions, IncomingFile
from workbench.core.serve.storage.object_types import ObjectWrite
from workbench.core.serve.storage.objects import Objects


class ResultShards:
    """Text objects under a `gs://` directory. None of them is visible before `commit`."""

    def __init__(self, objects: Objects, directory: str) -> None:
        self._objects = objects
        self._bucket, self._prefix = split_uri(directory.rstrip("/") + "/", "output_path")
        self._open: dict[str, IncomingFile] = {}
        self._stack = ExitStack()

    def __enter__(self) -> ResultShards:
        self._objects.bucket(self._bucket)
        return self

    def write(self, name: str, line: str) -> None:
        """Append a line to the object of that name."""
        self.open(name).write(f"{line}\n".encode())

    def open(self, name: str) -> IncomingFile:
        """The file of the object of that name, empty until something is written."""
        if name not in self._open:
            self._open[name] = self._objects.incoming()
            self._stack.callback(self._open[name].discard)
        return self._open[name]

    def commit(self) -> None:
        """Turn all files into objects."""
        for name, incoming in sorted(self._open.items()):
            wish = ObjectWrite(self._bucket, self._prefix + name, "text/plain", {}, Conditions())
            self._objects.commit(wish, incoming.path, incoming.finish())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


def shard_name(stem: str, number: int, count: int) -> str:
    """Apache Beam's default name of a shard, such as `prediction.results-00000-of-00002`."""
    return f"{stem}-{number:05}-of-{count:05}"
