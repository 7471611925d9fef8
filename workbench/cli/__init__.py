"""The command line: one command per stage; heavy imports are inside the commands."""
