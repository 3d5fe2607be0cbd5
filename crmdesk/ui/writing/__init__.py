"""Parts of writing a document: the lines with their totals, the page beside it, how the customer stands."""
