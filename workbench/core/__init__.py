"""Floor 1: the work, headless. No Qt, no printing; progress is reported to a callable that the caller passes in."""
