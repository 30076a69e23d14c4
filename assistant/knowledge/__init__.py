"""Lexicon, guidelines and the decision engine: data files, loaded strictly and proven. Knows no report."""
