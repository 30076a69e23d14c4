"""The data at the centre: frozen types with no behaviour but their invariants."""
