"""The model file: scanned without running it, loaded by the library that wrote it."""
