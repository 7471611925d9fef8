"""The Deploy tab: targets as cards, versions at the chosen one, pushing, calling, and what was done before."""
