"""Electronic invoices after EN 16931: from a posted document to UBL 2.1, CII and a PDF with the XML inside, and back.

`gather` fills the one model of `model` from the book, `ubl` and `cii` write it, `embed` puts it into the PDF; `reading`
reads foreign files in a bound child. pikepdf is imported when first needed.
"""
