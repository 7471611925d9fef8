"""Faults on purpose: what the network, the disk and the service may do to a client, by rule and repeatable."""

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
