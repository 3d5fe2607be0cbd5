"""Shape as data: the fields of each kind of record."""
