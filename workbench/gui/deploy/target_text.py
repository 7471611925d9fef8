"""Targets in words: kind, location, runtime, and the cost of each action. Pure."""

from __future__ import annotations

import re
from typing import Final

from workbench.gui.texts import tr
from workbench.spec.cloud_targets import FolderTarget, MlEngineTarget, VertexTarget
from workbench.spec.release import Machine, with_machine
from workbench.spec.target import AnyTarget, LocalTarget

ICONS: Final = {"local": "server", "mlengine": "cloud", "vertex": "vertex", "folder": "folder"}
"""The icon of each kind."""


def kind_title(kind: str) -> str:
    """A kind of target for people."""
    return {
        "local": tr("Targets", "Practice server"),
        "mlengine": tr("Targets", "ML Engine"),
        "vertex": tr("Targets", "Vertex AI"),
        "folder": tr("Targets", "Folder of versions"),
    }[kind]


def about(kind: str) -> str:
    """What a kind is, in a sentence."""
    return {
        "local": tr("Targets", "Practice on this machine: no account, no costs, nothing leaves it."),
        "mlengine": tr("Targets", "The ml v1 API, for endpoints that still speak it."),
        "vertex": tr("Targets", "Google's prediction service: a model with versions behind an endpoint."),
        "folder": tr("Targets", "What TensorFlow Serving and KServe read: PATH/MODEL/NUMBER, on disk or in a bucket."),
    }[kind]


def where(target: AnyTarget) -> str:
    """The place in one line: project, region and bucket, or a path."""
    match target:
        case FolderTarget():
            return target.path
        case MlEngineTarget():
            parts = (target.project, target.region or tr("Targets", "global"), target.bucket)
        case VertexTarget():
            parts = (target.project, target.region, target.bucket)
        case LocalTarget():
            return target.endpoint()
    return "  ·  ".join(part for part in parts if part)


def runs(target: AnyTarget) -> str:
    """The TensorFlow that serves there, as the target declares it."""
    release = target.tensorflow()
    return f"TensorFlow {release}" if release else tr("Targets", "TensorFlow not declared")


def warning(target: AnyTarget) -> str:
    """What has to be known before anything is asked of it; empty where there is nothing."""
    if not isinstance(target, MlEngineTarget):
        return ""
    text = tr("Targets", "Google closed ML Engine on 31 January 2025.")
    if target.url:
        more = tr("Targets", "This one asks {url}, which has to speak its API. Google's successor is Vertex AI.")
        return f"{text} {more.format(url=target.url)}"
    return f"{text} {tr('Targets', 'Only endpoints of others still speak its API; add a Vertex AI target instead.')}"


def push_costs(target: AnyTarget, machine: Machine, *, default: bool, traffic: int | None) -> tuple[str, ...]:
    """What a push costs or cannot take back, in sentences; nothing where it is free and can be undone."""
    target = with_machine(target, machine)
    match target:
        case VertexTarget():
            return _vertex_costs(target, default=default, traffic=traffic)
        case MlEngineTarget():
            nodes = _ml_nodes(target)
            text = tr("Targets", "The version runs on {nodes} and is billed for it until it is deleted.")
            return (text.format(nodes=nodes), *_default_words(default))
        case FolderTarget() if target.in_bucket():
            text = tr("Targets", "The files are stored in {path} and billed as storage until they are deleted.")
            return (text.format(path=target.path), *_default_words(default))
    return ()


def traffic_costs(target: AnyTarget, deployed: bool) -> tuple[str, ...]:
    """What it costs to send requests to a version."""
    if not isinstance(target, VertexTarget) or deployed:
        return ()
    return (_billed(target),)


def _vertex_costs(target: VertexTarget, *, default: bool, traffic: int | None) -> tuple[str, ...]:
    trial = tr("Targets", "It is tried on an endpoint of its own, which is billed for some minutes and then removed.")
    if traffic is None and not default:
        return (trial,)
    share = 100 if traffic is None else traffic
    words = tr("Targets", "It then answers {share} % of the requests at once.").format(share=share)
    return trial, _billed(target), words


def _billed(target: VertexTarget) -> str:
    text = tr(
        "Targets", "Deployed, it is billed for every hour of at least {n} × {machine}{gpu} until it is undeployed."
    )
    gpu = f" + {target.accelerator.count} × {target.accelerator.type}" if target.accelerator else ""
    return text.format(n=target.min_replicas, machine=target.machine_type, gpu=gpu)


def _ml_nodes(target: MlEngineTarget) -> str:
    machine = target.machine_type or tr("Targets", "the default machine type")
    least = target.auto_scaling.min_nodes if target.auto_scaling else 1
    count = target.manual_scaling.nodes if target.manual_scaling else least
    return tr("Targets", "at least {n} × {machine}").format(n=count, machine=machine)


def _default_words(default: bool) -> tuple[str, ...]:
    return (tr("Targets", "It becomes the default at once: callers who name no version get it."),) if default else ()


def legal_name(stem: str, target: AnyTarget | None = None) -> str:
    """A file's stem as a model's name at a target: letters, digits and `_`, a letter first, at most 128.

    Vertex AI takes lower case alone, and at most 63.
    """
    name = re.sub(r"[^A-Za-z0-9]+", "_", stem).strip("_")
    name = (name if name[:1].isalpha() else f"model_{name}".rstrip("_"))[:128]
    return name.lower()[:63] if isinstance(target, VertexTarget) else name
