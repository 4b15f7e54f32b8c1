"""Offsets, lines, edits and anchors over plain strings; imports only the standard library."""
