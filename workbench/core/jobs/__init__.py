"""One function a verb: the only door of the core for the engine and the command line.

Heavy modules are imported inside the verbs, so that asking for one costs only that one.
"""

from workbench.core.jobs.data import peek, prepare, prepare_pipeline
from workbench.core.jobs.deploy import call, form_at, push, serve, set_default, smoke_instance, versions
from workbench.core.jobs.export import Shown, export, form_for, reopen, show
from workbench.core.jobs.model import extras, inspect, known_facts, load_facts, project_facts, trust, trust_behind
from workbench.core.jobs.predict import predict, predict_pipeline, predict_to_files

__all__ = [
    "Shown",
    "call",
    "export",
    "extras",
    "form_at",
    "form_for",
    "inspect",
    "known_facts",
    "load_facts",
    "peek",
    "predict",
    "predict_pipeline",
    "predict_to_files",
    "prepare",
    "prepare_pipeline",
    "project_facts",
    "push",
    "reopen",
    "serve",
    "set_default",
    "show",
    "smoke_instance",
    "trust",
    "trust_behind",
    "versions",
]
