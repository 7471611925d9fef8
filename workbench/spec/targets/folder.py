"""A folder of versions as TensorFlow Serving and KServe read it, on this machine's disk or in a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Self

import msgspec

from workbench.spec.model import Problem
from workbench.spec.targets.base import BUCKET_PERMISSIONS, NameRule, TargetKind
from workbench.spec.targets.cloud import GCS, CloudTarget, bucket_problems, default_costs, problem


class FolderTarget(CloudTarget, frozen=True, kw_only=True, tag_field="kind", tag="folder"):
    """A repository of versions as TensorFlow Serving and KServe read it: `PATH/MODEL/NUMBER/saved_model.pb`.

    `path` is a folder or `gs://bucket/prefix`. `url` is a TensorFlow Serving REST server that serves it, empty where
    there is none. `base_path` is what the server calls the folder, for `models.config`; empty: the same.
    """

    kind: ClassVar[str] = "folder"
    facts: ClassVar[TargetKind] = TargetKind(
        title="Folder of versions",
        about="For TensorFlow Serving and KServe: PATH/MODEL/NUMBER, on disk or in a bucket.",
        icon="folder",
        model_name=NameRule(
            pattern=r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}",
            refusal="'{name}' is not a valid model name for this target.",
            hint="Use letters, digits, underscores and hyphens: it becomes a folder name.",
        ),
        # TensorFlow Serving reads nothing else.
        version_name=NameRule(
            pattern=r"[1-9]\d{0,17}",
            refusal="'{name}' is not a valid version for this target.",
            hint="Versions of a folder target are numbers.",
        ),
        first_fields=("path", "url", "runtime"),
        # Its versions are deleted file by file, and `models.config` is replaced.
        bucket_permissions=(*BUCKET_PERMISSIONS, "storage.objects.delete"),
        files_only=True,
    )

    path: str
    base_path: str = ""
    project: str = ""

    def endpoint(self) -> str:
        """The address of the server that serves the folder; empty where there is none."""
        return self.url.rstrip("/")

    def predict_url(self, model: str, version: str = "") -> str:
        """`:predict` of TensorFlow Serving's REST API; empty where there is no server."""
        version_part = f"/versions/{version}" if version else ""
        return f"{self.endpoint()}/v1/models/{model}{version_part}:predict" if self.url else ""

    def storage(self) -> str:
        """The address of the storage API for a `gs://` path; the server at `url` has none."""
        return self.storage_url.rstrip("/")

    def location(self) -> tuple[str, ...]:
        """The path."""
        return (self.path,)

    def staging_place(self) -> str:
        """The path if it is in a bucket."""
        return self.path if self.in_bucket() else ""

    def in_bucket(self) -> bool:
        """Whether the repository is in a bucket rather than on this machine's disk."""
        return self.path.startswith(GCS)

    def on_disk(self) -> bool:
        """Whether the repository is on this machine's disk."""
        return not self.in_bucket()

    def problems(self) -> Iterator[Problem]:
        """What cannot be a folder or a bucket."""
        if not self.path:
            yield problem("path", "It is empty; set a folder or gs://bucket/prefix.")
        if self.in_bucket():
            yield from bucket_problems(self.path, "path")

    def at_base(self, base: Path) -> Self:
        """The target with a relative path and credentials file taken as from `base`."""
        placed = super().at_base(base)
        if self.in_bucket() or not self.path:
            return placed
        return msgspec.structs.replace(placed, path=str(base / Path(self.path).expanduser()))

    def push_costs(self, *, default: bool, traffic: int | None) -> tuple[str, ...]:
        """Storage, if it is in a bucket."""
        if self.on_disk():
            return ()
        text = f"The files are stored in {self.path} and billed as storage until they are deleted."
        return (text, *default_costs(default))
