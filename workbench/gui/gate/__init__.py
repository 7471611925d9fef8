"""The release gate's panel: checks as they run, their evidence, and the verdict that a push has to heed."""
