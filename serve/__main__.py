"""Lets `python -m serve` be `radassist`."""

from serve.cli import main

if __name__ == "__main__":
    main()
