"""Floor 1: the work, headless. No Qt, no printing; progress goes to a callable the caller gives."""
