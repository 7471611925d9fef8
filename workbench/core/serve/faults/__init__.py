"""Fault injection: network, disk and service errors by rule, reproducible by seed."""

from workbench.core.serve.faults.injector import Fired, Injector
from workbench.core.serve.faults.spec import (
    Cut,
    Delay,
    Deny,
    DiskFull,
    FailOperation,
    Faults,
    HangOperation,
    Rule,
    Skew,
    Slow,
    Status,
    read_faults,
)

__all__ = [
    "Cut",
    "Delay",
    "Deny",
    "DiskFull",
    "FailOperation",
    "Faults",
    "Fired",
    "HangOperation",
    "Injector",
    "Rule",
    "Skew",
    "Slow",
    "Status",
    "read_faults",
]
