"""One module per output format of `oldhand review`."""
