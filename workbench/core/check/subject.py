"""The export under test and the resources that checks share, each opened on first use."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy.typing as npt

from workbench.core.check.evaluation import Evaluation, survey
from workbench.core.check.reference_client import ReferenceProcess
from workbench.core.check.sample import GateSample, SampleOptions, sample_of
from workbench.core.progress import Report
from workbench.core.savedmodel.read import GraphInfo, SavedModelInfo, read_graph, read_signatures
from workbench.core.training.expected_reply import ExpectedReply
from workbench.spec.image_feeds import ImageFeed, pictures
from workbench.spec.manifest import ExportManifest, read_export_manifest
from workbench.spec.model import ModelFacts
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project
from workbench.spec.settings import training_path
from workbench.spec.signature import Composition, compose
from workbench.spec.step_files import located
from workbench.spec.targets.base import Target
from workbench.spec.targets.local import LocalTarget

if TYPE_CHECKING:
    from workbench.core.check.load_client import Loader, LoadResult
    from workbench.core.check.version_diff import LiveVersion
    from workbench.core.savedmodel.opening import Session

Array = npt.NDArray[Any]


class GateSubject:
    """The project, its export in `folder`, and the images to judge it by.

    `evidence` is the folder for images of checks. Everything expensive is created on first use.
    """

    def __init__(
        self,
        project: Project,
        base: Path,
        facts: ModelFacts,
        folder: Path,
        evidence: Path,
        asked: SampleOptions,
        report: Report,
    ) -> None:
        self.project, self.base, self.facts = project, base, facts
        self.folder, self.evidence, self.report = folder, evidence, report
        self.target_name = "local"
        self.target: Target = LocalTarget()
        self.accept_golden = False
        self.deployed: LiveVersion | None = None
        self._asked = asked

    @cached_property
    def made(self) -> Composition:
        """The signatures that the project requests, with the model's exact shapes."""
        return compose(self.exact, self.project)

    @cached_property
    def pictures(self) -> tuple[ImageFeed, ...]:
        """The image inputs, with every path in their steps relative to the project's folder."""
        found = pictures(self.exact, self.project)
        return tuple(msgspec.structs.replace(p, preprocess=located(p.preprocess, self.base)) for p in found)

    def trained(self, picture: ImageFeed) -> Preprocess:
        """The settings with which training read an image. Raises `WorkbenchError` as documented at `training_path`."""
        return located(training_path(picture.preprocess, self.project.check.training), self.base)

    @cached_property
    def sample(self) -> GateSample:
        """The images. Raises `WorkbenchError` as documented at `sample_of`."""
        return sample_of(self.project, self.base, self.exact, self.made, self._asked)

    @cached_property
    def read(self) -> SavedModelInfo:
        """The signatures in the file."""
        return read_signatures(self.folder)

    @cached_property
    def graph(self) -> GraphInfo:
        """The ops in the file."""
        return read_graph(self.folder)

    @cached_property
    def manifest(self) -> ExportManifest | None:
        """What the export records about itself, or `None`."""
        return read_export_manifest(self.folder)

    @cached_property
    def reference(self) -> ReferenceProcess:
        """The Keras model itself, in a process of its own."""
        return ReferenceProcess(self.project, self.base, self.facts, self.report)

    @property
    def exact(self) -> ModelFacts:
        """The facts of the file with the loaded model's own shapes and dtypes. Raises what loading raises."""
        return self.reference.model.facts

    def keys_of_inputs(self) -> dict[str, str]:
        """The request key of each of the model's inputs, by the project's settings."""
        project, names = self.project, self.reference.model.inputs
        found = {name: project.signature.inputs.get(name, name) for name in names}
        if project.preprocess is not None:
            pictures = [t.name for t in self.exact.image_inputs()]
            first = project.preprocess.input or (pictures[0] if len(pictures) == 1 else "")
            found |= {name: more.key for name, more in project.images.items() if more.key}
            found[first if first in names else names[0]] = project.signature.image_key
        return found

    def expected(self, given: Mapping[str, Array]) -> ExpectedReply:
        """The Keras model's reply to one batch, by request keys: images in the form of the model's input."""
        named = {name: given[key] for name, key in self.keys_of_inputs().items()}
        return ExpectedReply(self.project, self.reference.predict(named), self.reference.model.tolerance)

    @cached_property
    def session(self) -> Session:
        """The export in the session that serves it."""
        from workbench.core.savedmodel.opening import open_session

        return open_session(self.folder)

    @cached_property
    def survey(self) -> Evaluation:
        """The results of export, model and training path for every image."""
        return survey(self)

    @cached_property
    def probed(self) -> dict[Loader, LoadResult]:
        """The export loaded by every loader in fresh processes."""
        from workbench.core.check.loads import probe_golden

        return probe_golden(self)

    def close(self) -> None:
        """Free the session and end the model's process, if they were opened."""
        if "session" in self.__dict__:
            self.session.close()
        if "reference" in self.__dict__:
            self.reference.close()
