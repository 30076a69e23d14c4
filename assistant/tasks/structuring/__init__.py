"""The parts of the structure verb: what is said of what, its sizes, its names, what is said twice, and the template."""
