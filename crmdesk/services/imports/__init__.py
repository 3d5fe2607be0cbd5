"""Tables that come in: reading them in a bound child process, and making records of their rows.

Keep this file empty of imports: the child starts through it.
"""
