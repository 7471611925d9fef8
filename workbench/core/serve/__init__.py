"""The local target: an ML-Engine-compatible server on loopback."""
