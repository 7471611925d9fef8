"""The command line: one command a stage; heavy imports stand inside the commands."""
