"""How bash, zsh and fish ask what may come next on a command line, and are answered.

What may come next is said by click and by `guildpkg.cli.offers`; here it gets into a shell: the words as the shell has
split them, its quoting, and the script that `guild completion` prints. A shell that asks hears an answer or nothing:
never an error, and nothing on its terminal.
"""

from __future__ import annotations

import contextlib
import os
import re
from typing import Any, Final

import click
from click.shell_completion import BashComplete, CompletionItem, FishComplete, ShellComplete, ZshComplete

_BASH: Final = """\
%(complete_func)s() {
    local IFS=$'\\n' answer type value
    COMPREPLY=()
    answer=$(COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD \\
        %(complete_var)s=bash_complete "$1" 2> /dev/null)
    while IFS=, read -r type value; do
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done <<< "$answer"
    # behind a name that goes on, as in FLAG=VALUE, there is no space
    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=:/] ]] && compopt -o nospace
    return 0
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

_ZSH: Final = """\
#compdef %(prog_name)s
%(complete_func)s() {
    local type value help
    local -a answer plain told open_plain open_told
    answer=("${(@f)$(COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT - 1)) \\
        %(complete_var)s=zsh_complete %(prog_name)s 2> /dev/null)}")
    for type value help in "${answer[@]}"; do
        case $type in
            dir) _path_files -/ ;;
            file) _path_files -f ;;
            plain)
                if [[ $value == *[=:/] && $help == _ ]]; then open_plain+=("$value")
                elif [[ $value == *[=:/] ]]; then open_told+=("$value:$help")
                elif [[ $help == _ ]]; then plain+=("$value")
                else told+=("$value:$help")
                fi
                ;;
        esac
    done
    (( $#told )) && _describe -V unsorted told -U
    (( $#open_told )) && _describe -V unsorted open_told -U -S ''
    (( $#plain )) && compadd -U -V unsorted -a plain
    (( $#open_plain )) && compadd -U -V unsorted -S '' -a open_plain
    return 0
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""

_FISH: Final = """\
function %(complete_func)s
    set -l words (commandline -cp)
    set -l word (commandline -t)
    for line in (env %(complete_var)s=fish_complete COMP_WORDS="$words" COMP_CWORD="$word" %(prog_name)s 2> /dev/null)
        set -l found (string split -m 1 , -- $line)
        switch $found[1]
            case dir
                __fish_complete_directories $found[2]
            case file
                __fish_complete_path $found[2]
            case plain
                echo $found[2]
        end
    end
end
complete --no-files --command %(prog_name)s --keep-order --arguments "(%(complete_func)s)"
"""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_SPECIAL: Final = re.compile(r"([^\w@%+=:,./-])")
_BREAKS: Final = frozenset("=:")
"""Where bash splits words by its own rules, and guild does not."""


class _Shell(ShellComplete):
    """What is the same for all shells: one line each, and the option in front of a value."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """Say what may stand in the place of a word; of ``--option=value`` click gives the value alone."""
        option = f"{incomplete.partition('=')[0]}=" if incomplete.startswith("-") and "=" in incomplete else ""
        if option and not option.startswith("--"):
            return []  # a short option takes its value without a sign between
        found = []
        for item in super().get_completions(args, incomplete):
            if item.type == "plain" and not item.value.startswith(option):
                item.value = option + item.value
            item.help = " ".join(_CONTROL.sub(" ", item.help).split()) if item.help else None
            if not _CONTROL.search(item.value):  # the shells are answered in lines
                found.append(item)
        return found


class Bash(_Shell, BashComplete):
    """Bash, which splits words at ``=`` and ``:`` and puts in what it is told as it is."""

    source_template = _BASH
    _before, _quoted = "", False

    def get_completion_args(self) -> tuple[list[str], str]:
        """Put the words together again that bash has split; see `whole_words`."""
        words, last = super().get_completion_args()
        raw = os.environ["COMP_WORDS"].split("\n")
        self._quoted = raw[min(int(os.environ["COMP_CWORD"]), len(raw) - 1)].startswith(("'", '"'))
        if not last and os.environ.get("COMP_LINE", "").endswith((" ", "\t")):
            return whole_words(words)[0], ""
        whole, self._before = whole_words([*words, last])
        return whole[:-1], whole[-1]

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Leave out what bash takes for words of their own, and quote the rest unless the user has begun to."""
        value = item.value.removeprefix(self._before)
        if not self._quoted:
            value = _SPECIAL.sub(r"\\\1", value)
        return f"{item.type},{value}"


class Zsh(_Shell, ZshComplete):
    """Zsh, which quotes for itself."""

    source_template = _ZSH


class Fish(_Shell, FishComplete):
    """Fish, which quotes for itself."""

    source_template = _FISH


SHELLS: Final[dict[str, type[ShellComplete]]] = {"bash": Bash, "zsh": Zsh, "fish": Fish}


def whole_words(words: list[str]) -> tuple[list[str], str]:
    """Put words together that bash has split: ``lr = 0.1`` is ``lr=0.1``, ``@ file`` is ``@file``.

    Args:
        words: The words as bash has them, the last one being the one that is completed.

    Returns:
        The words, and what stands in the last one before that which bash completes.
    """
    found: list[str] = []
    before, open_ended = "", False
    for word in words:
        breaks = bool(word) and set(word) <= _BREAKS
        if found and (open_ended or breaks):
            before = found[-1] + word if breaks else found[-1] if found[-1] != "@" else ""
            found[-1] += word
        else:
            before = ""  # also behind @, which bash splits off but leaves to be completed
            found.append(word)
        open_ended = breaks or word == "@"
    return found, before


def answer(instruction: str) -> int:
    """Answer a shell on stdout.

    Args:
        instruction: What it wants: ``bash_complete``, ``zsh_source``.

    Returns:
        The exit code, 1 when there is no answer.
    """
    from guildpkg.cli.boundary import COMPLETE
    from guildpkg.cli.group import guild

    name, _, wanted = instruction.partition("_")
    try:
        with contextlib.redirect_stderr(None):
            shell = SHELLS[name](guild, {}, "guild", COMPLETE)
            text = {"source": shell.source, "complete": shell.complete}[wanted]()
        click.echo(os.fsencode(text))
    except Exception:  # whatever it is, it must not get between a user and the line that he is writing
        return 1
    return 0
