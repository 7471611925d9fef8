"""The export: preprocessing graph, joining, freezing, writing and reading SavedModels."""
