"""The harness: measures what the library does. Stands on assistant, knows nothing of serve."""
