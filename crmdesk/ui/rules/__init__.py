"""The builder of grouping rules: rows of conditions in nested groups, or the same as text. Used by pages."""
