"""The keys of ours inside `rule`; `table` has them all."""
