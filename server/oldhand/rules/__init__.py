"""Rules: from YAML files to findings over a syntax tree, without I/O beyond loading the files."""
