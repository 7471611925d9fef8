"""Verbs about versions that are at a target: list, release, roll back, share traffic, delete, and the log of it all."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.core.progress import Report, silent
from workbench.spec.access import Access
from workbench.spec.release import Release, place_of
from workbench.spec.target import AnyTarget, VersionInfo


def versions(target: AnyTarget, model: str) -> tuple[VersionInfo, ...]:
    """The versions of a model at a target."""
    from workbench.core.deploy.releases import list_versions

    return list_versions(target, model)


def set_default(target: AnyTarget, model: str, version: str, report: Report = silent) -> tuple[VersionInfo, ...]:
    """Make a version the default; answers the versions as they then are."""
    from workbench.core.deploy.releases import set_default as deploy

    return deploy(target, model, version, report)


def roll_back(target: AnyTarget, model: str, report: Report = silent) -> tuple[VersionInfo, ...]:
    """Make the version the default that was it before; answers the versions as they then are."""
    from workbench.core.deploy.releases import rollback

    return rollback(target, model, report)


def set_traffic(
    target: AnyTarget, model: str, split: Mapping[str, int], report: Report = silent
) -> tuple[VersionInfo, ...]:
    """Share the requests between versions, in percent; answers the versions as they then are."""
    from workbench.core.deploy.releases import set_traffic as deploy

    return deploy(target, model, split, report)


def delete_version(target: AnyTarget, model: str, version: str) -> tuple[VersionInfo, ...]:
    """Remove a version that does not answer for the model; answers what is left."""
    from workbench.core.deploy.releases import delete_version as deploy

    return deploy(target, model, version)


def releases(target: AnyTarget | None = None, model: str = "") -> tuple[Release, ...]:
    """The release log of this machine, of one target or model where they are given."""
    from workbench.core.deploy.release_log import lines

    return tuple(lines(place_of(target) if target is not None else None, model))


def access(target: AnyTarget) -> Access:
    """As whom a target would be asked, and which permissions are missing."""
    from workbench.core.deploy.preflight import access as look

    return look(target)
