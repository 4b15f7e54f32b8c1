"""SQL by a tokenizer that never fails: statements and clauses, in files and inside strings."""
