"""Settings: read from the environment once, at an edge."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the database is, where pages are served, and how letters are sent; without ``mail`` none are."""

    database: str = "sqlite:///var/muster.db"
    host: str = "127.0.0.1"
    port: int = 8000
    mail: str = ""  #: smtp://, smtp+starttls:// or smtps:// with user, password, host and port
    mail_from: str = "muster@localhost"
    site: str = "http://127.0.0.1:8000"  #: the address of the pages, as letters give it

    @classmethod
    def read(cls) -> "Settings":
        """Return the settings of this process: ``MUSTER_DATABASE``, ``MUSTER_HOST``, ``MUSTER_PORT``, ``MUSTER_MAIL``,
        ``MUSTER_MAIL_FROM``, ``MUSTER_SITE``."""
        return cls(
            os.environ.get("MUSTER_DATABASE", "sqlite:///var/muster.db"),
            os.environ.get("MUSTER_HOST", "127.0.0.1"),
            int(os.environ.get("MUSTER_PORT", "8000")),
            os.environ.get("MUSTER_MAIL", ""),
            os.environ.get("MUSTER_MAIL_FROM", "muster@localhost"),
            os.environ.get("MUSTER_SITE", "http://127.0.0.1:8000").rstrip("/"),
        )
