"""Tests of the window: offscreen, with real fake children."""
