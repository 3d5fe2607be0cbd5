"""Documents on paper: statements, invoices, credit notes and receipts from plain data to PDF or Excel bytes.

Nothing here knows the book. The caller fills the dataclasses of `model`, `printing.render` makes a PDF of
one or many of them, `preview` turns that PDF into pictures, `statement_xlsx` writes a statement as a workbook
and `file_names` finds names for what is saved. ReportLab, pypdfium2 and XlsxWriter are imported when first
needed.
"""
