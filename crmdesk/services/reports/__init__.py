"""Reports: declared once, drawn by one page, written by one exporter."""
