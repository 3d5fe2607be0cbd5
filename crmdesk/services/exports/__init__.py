"""What leaves the book: tables, the ledger for other programs, everything in open formats."""
