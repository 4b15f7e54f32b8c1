"""One module per editor feature; each handler converts in, calls one function, converts out."""
