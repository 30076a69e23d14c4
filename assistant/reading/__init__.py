"""Deterministic reading: text to sections, sentences, measurements, frames and lesions."""
