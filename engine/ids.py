"""Identifiers: time-ordered row ids and public tokens. Not here: case numbers, which come from a counter row."""

import os
import secrets
import time
from uuid import UUID


def new_id() -> UUID:
    """Return a time-ordered UUID, version 7. Source: RFC 9562, 5.7."""
    value = int.from_bytes(os.urandom(10), "big")
    value |= (time.time_ns() // 1_000_000) << 80
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def new_token() -> str:
    """Return an unguessable text for public addresses: 128 random bits, 22 characters."""
    return secrets.token_urlsafe(16)
