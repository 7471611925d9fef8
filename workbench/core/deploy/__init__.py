"""Targets: where versions live, behind one port. Light to import: the google clients come with the first call."""
