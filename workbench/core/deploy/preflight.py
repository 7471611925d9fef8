"""The account used for a target and its permissions there (`testIamPermissions`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from workbench.core.deploy.credentials import credentials_for, kind_of, telling_auth
from workbench.core.deploy.port import TargetRefused
from workbench.spec.access import Access
from workbench.spec.errors import OutsideError
from workbench.spec.release import place_of
from workbench.spec.target import check_target
from workbench.spec.targets.base import Target

_MANAGER: Final = "https://cloudresourcemanager.googleapis.com"


def access(target: Target) -> Access:
    """The account and its permissions. Raises `OutsideError` if there are no credentials, or they yield no token."""
    check_target(target)
    address = target.endpoint() or target.storage() or "https://storage.googleapis.com"
    kind = kind_of(target, address)
    if target.on_disk():
        return Access("none")
    found = credentials_for(target, address)
    account = _account(found, address) if found is not None else ""
    granted, missing, unknown = _asked(target)
    return Access(kind, account, getattr(target, "impersonate", ""), granted, missing, unknown)


def _account(credentials: Any, address: str) -> str:
    """The e-mail address in the credentials; a token is requested first, so that an error in them shows here."""
    from google.auth.transport.requests import Request

    with telling_auth(address):
        credentials.refresh(Request())
    return str(getattr(credentials, "service_account_email", "") or getattr(credentials, "signer_email", "") or "")


def _asked(target: Target) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    granted: list[str] = []
    missing: list[str] = []
    unknown: list[str] = []
    for wanted, ask in _questions(target):
        try:
            has = set(ask(wanted))
        except (TargetRefused, OutsideError) as err:
            if err.code == "NO_PERMISSION":
                missing += wanted
            else:
                unknown += wanted  # A target without that API, or unreachable: a push will show it.
            continue
        granted += [p for p in wanted if p in has]
        missing += [p for p in wanted if p not in has]
    return tuple(granted), tuple(missing), tuple(unknown)


def _questions(target: Target) -> list[tuple[Sequence[str], Any]]:
    facts = target.facts
    found: list[tuple[Sequence[str], Any]] = [
        (facts.bucket_permissions, lambda wanted: _of_bucket(target, target.staging_place(), wanted))
    ]
    if facts.project_permissions:
        project = place_of(target).project
        found.append((facts.project_permissions, lambda wanted: _of_project(target, project, wanted)))
    return found


def _of_bucket(target: Target, place: str, wanted: Sequence[str]) -> list[str]:
    from workbench.core.deploy.storage import StagingBucket, split_place

    with StagingBucket(target, split_place(place)[0]) as staging:
        return staging.granted(wanted)


def _of_project(target: Target, project: str, wanted: Sequence[str]) -> list[str]:
    """`cloudresourcemanager` v1, at the target's own address if that is configured."""
    from workbench.core.deploy.googleapi import ApiClient

    service = ApiClient("cloudresourcemanager", "v1", target)
    try:
        root = service.at(getattr(target, "url", "").rstrip("/") or _MANAGER)
        body = {"permissions": list(wanted)}
        reply = service.run(root.projects().testIamPermissions(resource=project, body=body))
        return [str(p) for p in reply.get("permissions", [])]
    finally:
        service.close()
