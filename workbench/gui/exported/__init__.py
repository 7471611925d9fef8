"""SavedModels that lie somewhere, ours or anybody's: their signatures to read, and the way back to a project."""
