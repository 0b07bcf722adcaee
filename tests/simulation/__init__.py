"""A year of a district, played by people who forget, err, are away and leave; see ``python -m tests.simulation``."""
