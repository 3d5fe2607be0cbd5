"""What things are: pure data, rules and shapes; no files, no Qt."""
