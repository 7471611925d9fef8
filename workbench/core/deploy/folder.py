"""The folder port: a repository of versions that TensorFlow Serving or KServe reads; it serves nothing itself."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from workbench.core.deploy.bucket_repository import BucketRepository
from workbench.core.deploy.disk_repository import DiskRepository
from workbench.core.deploy.port import (
    ALREADY_EXISTS,
    NOT_FOUND,
    NOT_POSSIBLE_NOW,
    READY,
    Instance,
    TargetRefused,
    no_batch,
    no_traffic,
)
from workbench.core.deploy.replies import predictions_of
from workbench.core.deploy.repository import CONFIG, Repository
from workbench.core.deploy.storage import StagingBucket, split_place
from workbench.core.deploy.tf_serving import (
    CONFIG_HEADER,
    ServingRest,
    model_entry,
    models_config_text,
    read_models_config,
)
from workbench.core.file_manifest import Manifest
from workbench.core.progress import Report
from workbench.spec.batch import BatchInfo, BatchOrder
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Progress
from workbench.spec.target import VersionInfo
from workbench.spec.targets.folder import FolderTarget

_TRIES: Final = 10
"""Maximum number of times that `models.config` is read again because another program wrote it meanwhile."""


class FolderPort:
    """A `TargetPort` on files alone. `models.config` states which version is the default."""

    def __init__(self, target: FolderTarget, session: Any | None = None) -> None:
        self._target = target
        self._session = session
        self._repository = _repository(target, session)
        self._manifest: Manifest | None = None
        self._notes: list[str] = []

    def close(self) -> None:
        self._repository.close()

    def origin(self, manifest: Manifest, model: str) -> str:
        """The files are copied directly into their version's folder; before that they have no place of their own."""
        self._manifest = manifest
        return f"{self._target.path.rstrip('/')}/{model}#{manifest.digest[:32]}"

    def holds(self, info: VersionInfo, origin: str) -> bool:
        model, _, number = info.resource.rpartition("/")
        return self._is_of(model.rpartition("/")[2], int(number), origin)

    def _is_of(self, model: str, number: int, origin: str) -> bool:
        record = self._repository.record(model, number)
        return record is not None and record.digest[:32] == origin.rpartition("#")[2]

    def stage(self, manifest: Manifest, model: str, report: Report) -> str:
        return self.origin(manifest, model)

    def ensure_model(self, model: str) -> bool:
        """Returns whether the model is new. A model is a folder, which is created with its first version."""
        return False

    def versions(self, model: str) -> tuple[VersionInfo, ...]:
        numbers = self._repository.numbers(model)
        if not numbers:
            raise TargetRefused(NOT_FOUND, f"There is no model '{model}' in the folder.", where=self._target.path)
        default = self._default(model)
        return tuple(self._info(model, number, default) for number in numbers)

    def _info(self, model: str, number: int, default: int) -> VersionInfo:
        place = f"{self._target.path.rstrip('/')}/{model}/{number}"
        record = self._repository.record(model, number)
        created = record.created if record else ""
        return VersionInfo(str(number), place, READY, default=number == default, created=created, origin=place)

    def _default(self, model: str) -> int:
        try:
            known = read_models_config(self._repository.read_config()[0])
        except WorkbenchError:
            return 0  # Another program wrote the file: only it knows the default.
        return known.get(model, ("", 0))[1]

    def new_name(self, model: str, names: Sequence[str]) -> str:
        others = [n for n in self._repository.claims(model) if not self._is_pushed(model, n)]
        return str(max((*(int(name) for name in names), *others), default=0) + 1)

    def _is_pushed(self, model: str, number: int) -> bool:
        record = self._repository.record(model, number)
        return record is None or record.digest == self._pushed().digest

    def create_version(self, model: str, version: str, origin: str) -> str:
        digest = self._pushed().digest
        if not self._repository.claim(model, int(version), digest):
            raise TargetRefused(ALREADY_EXISTS, f"The version {version} already exists.", where=self._target.path)
        return f"{model}/{version}"

    def _pushed(self) -> Manifest:
        assert self._manifest is not None, "origin() comes first"
        return self._manifest

    def wait(self, operation: str, report: Report, step: str) -> str:
        model, _, number = operation.rpartition("/")
        if int(number) not in self._repository.numbers(model):
            self._repository.put(self._pushed(), model, int(number), report)
        return number

    def cancel(self, operation: str) -> None:
        """Does nothing: operations are complete when they return."""

    def predict(self, model: str, version: str, instances: Sequence[Instance], signature: str = "") -> list[Any]:
        if not self._target.url:
            hint = "Give the serving server with --url, or use `workbench predict` on the version's folder."
            raise TargetRefused(NOT_POSSIBLE_NOW, "A folder target has no server.", where=self._target.path, hint=hint)
        rest = ServingRest(self._target, self._session)
        try:
            reply = rest.predict(model, version, instances, signature)
        finally:
            rest.close()
        return predictions_of(reply, len(instances), self._target.url)

    def try_out(self, info: VersionInfo, model: str, instances: Sequence[Instance], report: Report) -> list[Any]:
        """Load the target's files on this machine: no server has loaded them yet."""
        from workbench.core.instances.online import predict
        from workbench.core.savedmodel.opening import open_session

        with tempfile.TemporaryDirectory(prefix="workbench-") as beside:
            folder = Path(info.origin) if not self._target.in_bucket() else Path(beside)
            if self._target.in_bucket():
                self._bring(model, info.name, folder, report)
            session = open_session(folder)
            try:
                return list(predict(session, list(instances), None))
            finally:
                session.close()

    def _bring(self, model: str, number: str, folder: Path, report: Report) -> None:
        for entry in self._pushed().files:
            report(Progress(f"Reading version {number} back"))
            (folder / entry.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / entry.path).write_bytes(self._repository.read(f"{model}/{number}/{entry.path}"))

    def set_default(self, model: str, version: str, report: Report) -> None:
        if int(version) not in self._repository.numbers(model):
            raise TargetRefused(NOT_FOUND, f"The model '{model}' has no version '{version}'.", where=self._target.path)
        base = f"{(self._target.base_path or self._target.path).rstrip('/')}/{model}"
        for _ in range(_TRIES):
            text, generation = self._repository.read_config()
            try:
                known = read_models_config(text)
            except WorkbenchError as err:
                hint = f"Add this entry:\n{model_entry(model, base, int(version))}"
                raise WorkbenchError(err.code, err.message, where=self._target.path, hint=hint) from None
            wanted = models_config_text({**known, model: (base, int(version))})
            if self._repository.write_config(wanted, generation):
                self._notes.append(
                    f"{CONFIG} now serves version {version}; a server started with "
                    "--model_config_file_poll_wait_seconds reloads it."
                )
                return
        raise TargetRefused(NOT_POSSIBLE_NOW, f"{CONFIG} is being written by another process.", hint="Try again.")

    def set_traffic(self, model: str, split: Mapping[str, int], report: Report) -> None:
        raise no_traffic(self._target.kind)

    def tidy(self, model: str, origin: str) -> None:
        """Remove numbers that were claimed for these files and never became versions."""
        whole = self._repository.numbers(model)
        for number in self._repository.claims(model):
            if number not in whole and self._is_of(model, number, origin):
                self._repository.remove(model, number)

    def delete_version(self, model: str, version: str) -> None:
        self._repository.remove(model, int(version))
        text, generation = self._repository.read_config()
        if text.startswith(CONFIG_HEADER):
            known = read_models_config(text)
            if known.get(model, ("", 0))[1] == int(version):
                left = {name: value for name, value in known.items() if name != model}
                self._repository.write_config(models_config_text(left), generation)

    def delete_model(self, model: str) -> None:
        """Does nothing: a folder without versions is not a model."""

    def fetch(self, info: VersionInfo, path: str) -> bytes:
        model, _, number = info.resource.rpartition("/")
        return self._repository.read(f"{model.rpartition('/')[2]}/{number}/{path}")

    def notes(self) -> tuple[str, ...]:
        watch = "A server that watches the model's folder without models.config serves the highest version number."
        return (*self._notes, watch)

    def submit(self, order: BatchOrder) -> BatchInfo:
        raise no_batch(self._target.kind)

    def batch(self, resource: str) -> BatchInfo:
        raise no_batch(self._target.kind)

    def cancel_batch(self, resource: str) -> None:
        raise no_batch(self._target.kind)


def _repository(target: FolderTarget, session: Any | None) -> Repository:
    if not target.in_bucket():
        return DiskRepository(Path(target.path).expanduser())
    bucket, prefix = split_place(target.path)
    return BucketRepository(StagingBucket(target, bucket, session), prefix)
