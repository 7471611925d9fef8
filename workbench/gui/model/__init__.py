"""The Model tab: what a model file says, its layers, and what it needs to be loaded."""
