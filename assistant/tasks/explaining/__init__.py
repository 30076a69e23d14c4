"""How an explanation is worded, and how it is proven afterwards by code that does not know how it was worded."""
