"""Dry run of a push: runs it with the real clients on a session that records requests and returns fake replies."""

from workbench.core.deploy.dryrun.plan import plan

__all__ = ["plan"]
