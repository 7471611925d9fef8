"""The open project: session, history, autosave, files."""
