"""Predicting with an export, with the answers the online API would give."""
