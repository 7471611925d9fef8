"""What a push would send, by the push itself: the real clients talk to a session that writes down and imagines."""

from workbench.core.deploy.dryrun.plan import plan

__all__ = ["plan"]
