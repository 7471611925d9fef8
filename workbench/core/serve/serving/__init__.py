"""Versions in memory: loaded and warmed, bounded, leased to requests that are run in batches."""
