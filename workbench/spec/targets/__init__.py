"""One module for each kind of target: its settings, its rules and what it can do."""
