"""The verbs, one file each; they do not call one another."""
