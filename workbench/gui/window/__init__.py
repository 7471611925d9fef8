"""The main window: its frame, menus and dialogs, what fills it, and what it keeps between two starts."""
