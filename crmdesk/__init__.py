"""crmdesk: customers, invoices and receivables of a small business, offline."""

__version__ = "0.1.0"
