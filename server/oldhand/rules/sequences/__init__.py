"""The patterns of the `sequence` key: one module each."""
