"""ast-grep's rule dialect: what a mapping under `rule` says, compiled to one function over nodes."""
