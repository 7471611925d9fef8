"""What the fake engine knows of targets: versions that are pushed, moved and deleted, an account, a log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from workbench.spec import messages as m
from workbench.spec.access import Access
from workbench.spec.diff import SignatureChange, SignatureDiff
from workbench.spec.errors import ErrorInfo
from workbench.spec.model import Progress
from workbench.spec.release import Action, DryRun, Release, RestCall, TargetIdentity
from workbench.spec.report import GateRecord
from workbench.spec.target import PushResult, VersionInfo
from workbench.spec.targets.mlengine import MlEngineTarget
from workbench.spec.targets.vertex import VertexTarget

Say = Callable[[m.Event], None]

STEPS = (
    Progress("Release gate", 0, 4),
    Progress("Uploading", 4_650_000, 9_300_000, "bytes"),
    Progress("Creating the version"),
    Progress("Calling it once"),
)


TROUBLES = {
    "offline-1": ErrorInfo("NO_TOKEN_SERVER", "The server that gives out tokens does not answer.", hint="Try again."),
    "expired-1": ErrorInfo("BAD_CREDENTIALS", "The credentials are no longer good.", hint="Log in again."),
}
"""What is said of the credentials for a project."""


class FakeTargets:
    """Every target has versions of its own; one whose project is `stranger-1` has no credentials."""

    def __init__(self, say: Say, *, refuse_push: bool) -> None:
        self._say, self._refuse_push = say, refuse_push
        self._all: dict[str, list[VersionInfo]] = {}
        self._log: list[Release] = []

    def answer(self, request: Any) -> None:
        """One request about a target."""
        match request:
            case m.PushVersion(dry_run=True):
                self._plan(request)
            case m.PushVersion():
                self._push(request)
            case m.ReleaseLog():
                lines = tuple(line for line in self._log if line.place.address == request.target)
                self._say(m.ReleasesRead(id=request.id, lines=lines))
            case m.CheckAccess():
                self._credentials(request)
            case m.DiffVersions():
                changes = (SignatureChange("breaking", "serving_default", "The request key 'x' was removed."),)
                self._say(m.VersionDiff(id=request.id, diff=SignatureDiff("breaking", changes)))
            case _:
                self._change(request)

    def _versions(self, target: str) -> list[VersionInfo]:
        return self._all.setdefault(target, [])

    def _change(self, request: Any) -> None:
        found = self._versions(request.target)
        match request:
            case m.ListVersions() if request.target == "empty":
                error = ErrorInfo("NOT_FOUND", f"There is no model '{request.model}'.")
                self._say(m.Failed(id=request.id, error=error))
                return
            case m.SetDefault(version=version):
                self._make_default(request, version, "set-default")
            case m.RollBack():
                self._make_default(request, next(v.name for v in found if not v.default), "rollback")
            case m.SetTraffic(split=split):
                shared = [msgspec.structs.replace(v, traffic=split.get(v.name)) for v in found]
                self._all[request.target] = shared
                self._note(request, "traffic", traffic=split)
            case m.DeleteVersion(version=version):
                self._all[request.target] = [v for v in found if v.name != version]
                self._note(request, "delete", version=version)
        self._say(m.VersionList(id=request.id, versions=tuple(self._versions(request.target))))

    def _push(self, request: m.PushVersion) -> None:
        if self._refuse_push and not request.override:
            error = ErrorInfo("GATE_FAILED", "The release gate failed (skew): other pixels.", hint="Mend it.")
            self._say(m.Failed(id=request.id, error=error))
            return
        for step in STEPS:
            self._say(m.JobProgress(id=request.id, progress=step))
        found = self._versions(request.target)
        number = str(len(found) + 1)
        vertex = isinstance(request.project.target(request.target), VertexTarget)
        name = request.version or (number if vertex else f"v{number}")
        resource = f"projects/local/models/{request.model}/versions/{name}"
        aliases = ("canary",) if vertex and len(found) == 1 else ()
        found.append(VersionInfo(name, resource, "READY", created="2026-11-22T10:00:00Z", aliases=aliases))
        default = request.default or len(found) == 1
        gate = GateRecord("fail" if request.override else "pass", override=request.override)
        self._note(request, "push", version=name, gate=gate)
        if default:
            self._make_default(request, name)
        notes = (f"Version {name} is deployed and billed for at least 1 x n1-standard-2.",) if vertex else ()
        receipt = f"/receipts/{request.model}-{name}.json"
        done = PushResult(resource, name, request.model, "gs://workbench/x", 1, 9_300_000, 1.5, default)
        result = msgspec.structs.replace(done, traffic=request.traffic, receipt=receipt, notes=notes, gate=gate)
        self._say(m.VersionPushed(id=request.id, result=result))

    def _plan(self, request: m.PushVersion) -> None:
        self._say(m.JobProgress(id=request.id, progress=STEPS[0]))
        url = f"https://{request.target}.example/v1/models/{request.model}/versions"
        calls = (RestCall("POST", url, {"name": request.version or "v1"}), RestCall("PUT", url, content="9.3 MB"))
        commands = (f"gcloud ai-platform versions create {request.version or 'v1'}",)
        self._say(m.PushPlanned(id=request.id, plan=DryRun(calls, commands, ("No file is read.",))))

    def _credentials(self, request: m.CheckAccess) -> None:
        target = request.project.target(request.target)
        if isinstance(target, MlEngineTarget | VertexTarget) and target.project == "stranger-1":
            hint = "Run `gcloud auth application-default login`."
            error = ErrorInfo("NO_CREDENTIALS", "No Google credentials were found on this machine.", hint=hint)
            self._say(m.Failed(id=request.id, error=error))
            return
        if isinstance(target, VertexTarget) and target.project in TROUBLES:
            self._say(m.Failed(id=request.id, error=TROUBLES[target.project]))
            return
        missing = ("aiplatform.endpoints.deploy",) if isinstance(target, VertexTarget) else ()
        self._say(m.AccessReport(id=request.id, access=Access("adc", "me@example.com", missing=missing)))

    def _make_default(self, request: Any, name: str, action: Action | None = None) -> None:
        found = self._versions(request.target)
        self._all[request.target] = [msgspec.structs.replace(v, default=v.name == name) for v in found]
        if action is not None:
            self._note(request, action, version=name)

    def _note(self, request: Any, action: Action, **more: Any) -> None:
        kind = request.project.target(request.target).kind
        self._log.append(
            Release(
                action=action,
                outcome="done",
                when=f"2026-11-22T10:00:{len(self._log):02}Z",
                who="me@here",
                workbench="1",
                place=TargetIdentity(kind, request.target),
                model=request.model,
                **more,
            )
        )
