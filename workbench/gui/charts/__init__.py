"""Charts made with Qt Charts. Imported when one is first looked at, never on the way to the first paint."""
