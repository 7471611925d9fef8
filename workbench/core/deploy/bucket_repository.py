"""The repository of versions below a prefix of a bucket."""

from __future__ import annotations

import msgspec

from workbench.core.deploy.release_log import now
from workbench.core.deploy.repository import CONFIG, OURS, VersionRecord, record_of
from workbench.core.deploy.storage import StagingBucket
from workbench.core.file_manifest import GRAPHS, Manifest
from workbench.core.progress import Report


class BucketRepository:
    """A prefix of a bucket. A version becomes visible with its graph, the last file to be uploaded."""

    def __init__(self, staging: StagingBucket, prefix: str) -> None:
        self._staging = staging
        self._prefix = prefix

    def close(self) -> None:
        self._staging.close()

    def numbers(self, model: str) -> list[int]:
        _, folders = self._staging.names(f"{self._prefix}{model}/", "/")
        found = [f.rstrip("/").rpartition("/")[2] for f in folders]
        return sorted(int(name) for name in found if name.isdigit() and self._is_whole(model, name))

    def _is_whole(self, model: str, number: str) -> bool:
        names, _ = self._staging.names(f"{self._prefix}{model}/{number}/", "/")
        return any(name.rpartition("/")[2] in GRAPHS for name in names)

    def claims(self, model: str) -> list[int]:
        names, _ = self._staging.names(f"{self._prefix}{model}/{OURS}/")
        stems = [name.rpartition("/")[2].removesuffix(".json") for name in names]
        return sorted(int(stem) for stem in stems if stem.isdigit())

    def _record_name(self, model: str, number: int) -> str:
        return f"{self._prefix}{model}/{OURS}/{number}.json"

    def record(self, model: str, number: int) -> VersionRecord | None:
        content, _ = self._staging.read_with_generation(self._record_name(model, number))
        return record_of(content)

    def claim(self, model: str, number: int, digest: str) -> bool:
        names, _ = self._staging.names(f"{self._prefix}{model}/{number}/")
        known = self.record(model, number)
        if known is not None:
            return known.digest == digest
        content = msgspec.json.encode(VersionRecord(digest, now()))
        return not names and self._staging.write(self._record_name(model, number), content)

    def put(self, manifest: Manifest, model: str, number: int, report: Report) -> None:
        self._staging.upload(manifest, f"{self._prefix}{model}/{number}", report)

    def remove(self, model: str, number: int) -> None:
        names, _ = self._staging.names(f"{self._prefix}{model}/{number}/")
        graphs_first = sorted(names, key=lambda name: name.rpartition("/")[2] not in GRAPHS)
        self._staging.remove([*graphs_first, self._record_name(model, number)])

    def read(self, path: str) -> bytes:
        return self._staging.download(f"{self._prefix}{path}")

    def read_config(self) -> tuple[str, int]:
        content, generation = self._staging.read_with_generation(f"{self._prefix}{CONFIG}")
        return content.decode(), generation

    def write_config(self, text: str, generation: int) -> bool:
        return self._staging.write(f"{self._prefix}{CONFIG}", text.encode(), generation)
