"""Database operations in programs: what a call does to which table, and what becomes of its result."""
