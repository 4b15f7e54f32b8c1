"""Characters that make a text read differently from what it says."""
