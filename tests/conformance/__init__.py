"""Cases from other engines' suites, run on our machine: ``python -m tests.conformance --cases DIR``."""
