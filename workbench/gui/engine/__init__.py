"""The engine processes: child processes, the wire's client, jobs and their log."""
