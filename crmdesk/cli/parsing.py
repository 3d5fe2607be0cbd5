"""The parser of a command: argparse with our words, refusals as exceptions, and options at every place."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from crmdesk.models.errors import Code, WrongUsage
from crmdesk.text import N_, _

_OWN_WORDS = {
    "usage: ": N_("usage: "),
    "positional arguments": N_("arguments"),
    "options": N_("options"),
    "show this help message and exit": N_("show this help and end"),
    "show program's version number and exit": N_("show the version and end"),
    "the following arguments are required: %s": N_("these are required: %s"),
    "unrecognized arguments: %s": N_("not known: %s"),
    "expected one argument": N_("needs one value"),
    "argument %(argument_name)s: %(message)s": N_("%(argument_name)s: %(message)s"),
    "invalid choice: %(value)r (choose from %(choices)s)": N_("%(value)r is not one of %(choices)s"),
}
"""The words of argparse itself, in ours."""


def translate_argparse() -> None:
    """Its own words go through our catalogue: it looks them up in its module."""

    def translate(source: str) -> str:
        return _(_OWN_WORDS.get(source, source))

    setattr(argparse, "_", translate)  # noqa: B010 (no name of its that a type checker knows)


class Parser(argparse.ArgumentParser):
    """A parser whose refusal is an exception, so that `--json` gets its document then too."""

    def error(self, message: str) -> NoReturn:
        """Shows the usage line and raises WrongUsage."""
        self.print_usage(sys.stderr)
        raise WrongUsage(Code.USAGE, f"{self.prog}: {message}")


class CommandParser(Parser):
    """The parser of one command: options may stand before, between and behind the words, as everywhere else."""

    _is_mixed = False

    def parse_known_args(  # pyright: ignore[reportIncompatibleMethodOverride] (its overloads differ by types only)
        self, args: Any = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """As argparse, but a word behind an option is not left over, and `--sort -number` has its value."""
        args = self._with_descending(sys.argv[1:] if args is None else args)
        found, left_over = super().parse_known_args(args, namespace)
        if not left_over or self._is_mixed:
            return found, left_over
        # argparse gives an optional word its default at the first option: `apply BOOK --keep-going FILE`. Its other
        # way takes options first, but says of missing ones less than it could, so it is the second choice.
        self._is_mixed = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._is_mixed = False

    def _with_descending(self, args: Sequence[str]) -> list[str]:
        """A field behind --sort that begins with the sign of the other direction is joined to it: argparse would
        take it for an option."""
        joined: list[str] = []
        for word in args:
            is_field = len(word) > 1 and word[0] == "-" != word[1] and word not in self._option_string_actions
            if is_field and joined[-1:] == ["--sort"] and "--sort" in self._option_string_actions:
                joined[-1] = f"--sort={word}"
            else:
                joined.append(word)
        return joined
