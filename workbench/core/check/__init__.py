"""The release gate: what an export has to prove before it may be pushed."""
