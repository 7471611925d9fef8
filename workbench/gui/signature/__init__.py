"""The Signature tab: tables of keys, labels, names of the signatures, and what comes of them as text."""
