"""One review: a document and rules in, verified findings out."""
