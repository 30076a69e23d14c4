"""The kinds of text rules: exists, conflicts, required, agrees, plausible. The rules themselves are data."""
