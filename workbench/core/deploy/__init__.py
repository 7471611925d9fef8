"""Targets: where versions live, behind one port."""
