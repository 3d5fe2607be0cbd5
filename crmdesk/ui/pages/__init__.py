"""One module per place of the left rail; a page imports no other page."""
