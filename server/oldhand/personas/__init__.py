"""Personas: Claude Code agent files, from text to values and problems."""
