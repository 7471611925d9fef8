"""What a push would send, found by running it: the clients use a session that records requests and fakes replies."""

from workbench.core.deploy.dryrun.plan import plan

__all__ = ["plan"]
