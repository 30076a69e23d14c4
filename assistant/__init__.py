"""radassist: a free-text radiology report in, an assessed report out, all on this machine."""

__version__ = "0.1.0"
