"""Floor 2': the window. Imports `workbench.spec` and PySide6 only; the engine is a child process."""
