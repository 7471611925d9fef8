"""One function a verb: the only door of the core for the engine and the command line.

Heavy modules are imported inside the verbs, so that asking for one costs only that one.
"""

from workbench.core.jobs.batch import batch_cancel, batch_results, batch_state, batch_submit, batch_watch
from workbench.core.jobs.check import check, check_report_ending, diff_versions, report_schema, write_report
from workbench.core.jobs.data import peek, prepare, prepare_pipeline, write_request
from workbench.core.jobs.deploy import (
    access,
    call,
    delete_version,
    dry_run,
    form_at,
    push,
    releases,
    roll_back,
    serve,
    set_default,
    set_traffic,
    smoke_instance,
    versions,
)
from workbench.core.jobs.export import SignatureListing, export, form_for, reopen, show
from workbench.core.jobs.gate import Judging, gate
from workbench.core.jobs.model import extras, inspect, known_facts, load_facts, project_facts, trust, trust_behind
from workbench.core.jobs.predict import (
    eye,
    kept,
    look,
    original,
    predict,
    predict_pipeline,
    predict_to_files,
    save,
)

__all__ = [
    "Judging",
    "SignatureListing",
    "access",
    "batch_cancel",
    "batch_results",
    "batch_state",
    "batch_submit",
    "batch_watch",
    "call",
    "check",
    "check_report_ending",
    "delete_version",
    "diff_versions",
    "dry_run",
    "export",
    "extras",
    "eye",
    "form_at",
    "form_for",
    "gate",
    "inspect",
    "kept",
    "known_facts",
    "load_facts",
    "look",
    "original",
    "peek",
    "predict",
    "predict_pipeline",
    "predict_to_files",
    "prepare",
    "prepare_pipeline",
    "project_facts",
    "push",
    "releases",
    "reopen",
    "report_schema",
    "roll_back",
    "save",
    "serve",
    "set_default",
    "set_traffic",
    "show",
    "smoke_instance",
    "trust",
    "trust_behind",
    "versions",
    "write_report",
    "write_request",
]
