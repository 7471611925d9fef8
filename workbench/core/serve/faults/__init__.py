"""Fault injection: network, disk and service errors by rule, reproducible by seed."""

from workbench.core.serve.faults.injector import FaultInjector, FiredRule
from workbench.core.serve.faults.spec import (
    ClockSkew,
    CutConnection,
    DelayRequest,
    DenyPermission,
    DiskFull,
    FailOperation,
    Faults,
    FixedStatus,
    HangOperation,
    Rule,
    SlowTransfer,
    read_faults,
)

__all__ = [
    "ClockSkew",
    "CutConnection",
    "DelayRequest",
    "DenyPermission",
    "DiskFull",
    "FailOperation",
    "FaultInjector",
    "Faults",
    "FiredRule",
    "FixedStatus",
    "HangOperation",
    "Rule",
    "SlowTransfer",
    "read_faults",
]
