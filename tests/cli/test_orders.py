"""Options stand where the user likes: before, between and behind the words of a command."""

from __future__ import annotations

import argparse

import pytest

from crmdesk.cli.main import COMMANDS, make_parser
from crmdesk.models.errors import WrongUsage

_VALUES = ("2026-01-31", "3", "customers", "30,60")
"""One of them is right for every type of ours; the others are refused."""


def _parser_of(command: str) -> argparse.ArgumentParser:
    (commands,) = (one for one in make_parser()._actions if isinstance(one, argparse._SubParsersAction))
    return commands.choices[command]


def _value(action: argparse.Action) -> str:
    if action.choices:
        return next(str(choice) for choice in action.choices if choice)
    if action.type is None:
        return f"some {action.dest}"
    for value in _VALUES:
        try:
            action.type(value)  # pyright: ignore[reportCallIssue]
        except (ValueError, argparse.ArgumentTypeError):
            continue
        return value
    raise LookupError(action.dest)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_every_command_at_every_place(command: str) -> None:
    actions = [one for one in _parser_of(command)._actions if not isinstance(one, argparse._HelpAction)]
    words = [_value(one) for one in actions if not one.option_strings]
    options = [
        [one.option_strings[0], *([_value(one)] if one.nargs != 0 else [])]
        for one in actions
        if one.option_strings
    ]
    is_needed = {one.option_strings[0] for one in actions if one.option_strings and one.required}
    for option in options:
        others = [part for one in options if one[0] in is_needed and one is not option for part in one]
        expected = make_parser().parse_args([command, *words, *others, *option])
        for place in range(len(words) + 1):
            given = [command, *words[:place], *option, *words[place:], *others]
            assert make_parser().parse_args(given) == expected, given


def test_a_word_behind_an_option_is_the_file() -> None:
    parsed = make_parser().parse_args(["apply", "b.crmdesk", "--keep-going", "lines.jsonl"])
    assert (parsed.book, parsed.file, parsed.keep_going) == ("b.crmdesk", "lines.jsonl", True)


def test_a_field_may_begin_with_the_sign_of_its_direction() -> None:
    def sort(*words: str) -> str:
        return make_parser().parse_args(["list", *words]).sort

    assert sort("customers", "B", "--sort", "-number") == "-number"
    assert sort("--sort", "-number", "customers", "B") == "-number"
    assert sort("customers", "B", "--sort=-number") == "-number"
    assert sort("customers", "B", "--sort", "number") == "number"
    for words in (("--sort",), ("--sort", "--limit", "3"), ("--sort", "-h")):
        with pytest.raises(WrongUsage, match="--sort"):
            make_parser().parse_args(["list", "customers", "B", *words])
