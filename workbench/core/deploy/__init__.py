"""Targets: where versions live, behind one port. Light to import: Google's clients are imported at the first call."""
