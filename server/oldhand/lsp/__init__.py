"""The language server: pygls as transport around a session of our own."""
