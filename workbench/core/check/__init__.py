"""The release gate: the checks that an export has to pass before it may be pushed."""
