"""The doors: command line, batch and pages. Thin: parse, call Assistant, show."""
