"""Measures of customers reckoned from the own ledger: RFM, customer value, stage of life, churn risk, lead score."""
