"""Who makes claims about a guideline's inputs. `rules` needs no model."""
