"""Bank and wallet statements: reading them, matching their lines, booking what they say.

Keep this file empty of imports: the reading child starts through it.
"""
