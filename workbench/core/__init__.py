"""Floor 1: the headless core. No Qt, no printing; progress is reported to a callable that the caller passes in."""
