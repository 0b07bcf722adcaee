"""Settings: read from the environment once, at an edge."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the database is and where pages are served."""

    database: str = "sqlite:///var/muster.db"
    host: str = "127.0.0.1"
    port: int = 8000

    @classmethod
    def read(cls) -> "Settings":
        """Return the settings of this process: ``MUSTER_DATABASE``, ``MUSTER_HOST``, ``MUSTER_PORT``."""
        return cls(
            os.environ.get("MUSTER_DATABASE", "sqlite:///var/muster.db"),
            os.environ.get("MUSTER_HOST", "127.0.0.1"),
            int(os.environ.get("MUSTER_PORT", "8000")),
        )
