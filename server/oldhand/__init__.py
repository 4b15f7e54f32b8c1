"""Oldhand: a senior backend engineer in any editor, as a language server and a command line."""

__version__ = "0.1.0"
