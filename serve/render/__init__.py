"""Results for people: a terminal view and a self-contained page, in both languages."""
