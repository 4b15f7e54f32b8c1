"""What is known of a file before any rule is asked: its units, names, imports, values and handlers."""
