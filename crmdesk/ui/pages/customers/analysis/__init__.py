"""Analysis of groups: any two dimensions crossed, groups side by side, all of them in one table."""

MATRIX, COMPARE, OVERVIEW = "matrix", "compare", "overview"
