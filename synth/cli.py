"""The command line: parse, call one function, map errors to exit codes.

Heavy modules are imported inside the commands: ``synth --help`` must answer at once.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synth.errors import EXIT_DONE, EXIT_NOTHING_NEW, Stopped, SynthError

if TYPE_CHECKING:
    from rich.console import Console

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
EPILOG = "Exit codes: 0 done, 1 failed, 2 bad usage or input, 3 stopped early but clean, 4 locked, 5 nothing new."


@click.group(context_settings=CONTEXT, epilog=EPILOG)
@click.version_option(package_name="synth")
def cli() -> None:
    """Grow a small pool of seed tasks into a large, novel, hard and clean instruction dataset."""


@cli.command(epilog=EPILOG)
@click.option("--seeds", multiple=True, type=click.Path(path_type=Path), help="Folder or file of seeds; repeatable.")
@click.option("--rounds", type=click.IntRange(1), help="Rounds to add to the pool.  [default: 5]")
@click.option(
    "--run", default=Path("runs/default"), type=click.Path(path_type=Path), show_default=True, help="Run folder."
)
@click.option("--recipe", type=click.Path(path_type=Path), help="Recipe (YAML); the flags here go on top of it.")
@click.option("--per-round", type=click.IntRange(1), help="Pieces of work a round.  [default: 500]")
@click.option("--seed", type=click.IntRange(0), help="Seed of every random choice.  [default: 0]")
@click.option(
    "--prompts", type=click.Path(path_type=Path), help="Folder whose prompt files override or add to synth's."
)
@click.option(
    "--llm", type=click.Choice(["vllm", "openai", "rules", "replay"]), help="LLM backend.  [default: what is there]"
)
@click.option("--model", help="Model: a hub name or folder for vllm, a served name for openai.")
@click.option("--answer-model", help="Another model, at the same place, to write the answers.")
@click.option("--base-url", multiple=True, help="OpenAI-compatible server, such as http://HOST:8000/v1; repeatable.")
@click.option("--in-flight", type=click.IntRange(1), help="Requests at a time.  [default: what the server takes]")
@click.option("--engine-arg", multiple=True, metavar="KEY=VALUE", help="vLLM engine argument; repeatable.")
@click.option("--replay", type=click.Path(path_type=Path), help="Run folder or journal that --llm replay plays back.")
@click.option(
    "--judge/--no-judge", default=None, help="Ask the LLM whether an evolution gained anything.  [default: judge]"
)
@click.option(
    "--rouge", type=click.FloatRange(0, 1, min_open=True), help="Reject above this ROUGE-L to the pool.  [default: 0.7]"
)
@click.option(
    "--minhash",
    type=click.FloatRange(0, 1, min_open=True),
    help="Reject from this Jaccard similarity up.  [default: 0.8]",
)
@click.option(
    "--held-out", multiple=True, type=click.Path(path_type=Path), help="Evaluation set, or a run, to avoid; repeatable."
)
@click.option("--max-samples", type=click.IntRange(1), help="Stop when so many new samples are accepted.")
@click.option("--max-drafts", type=click.IntRange(1), help="Stop when so many drafts are judged.")
@click.option("--max-tokens", type=click.IntRange(1), help="Stop when so many tokens are spent, prompts included.")
@click.option("--deadline", metavar="WHEN", help="Stop at a time of day (06:00) or after a while (+7h, +90m, +30s).")
@click.option(
    "--min-yield", type=click.FloatRange(0, 1), help="Begin no further round below this share of accepted drafts."
)
@click.option("--on-finish", metavar="CMD", help="Shell command to run at the end; SYNTH_RUN and SYNTH_EXIT are set.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
def expand(run: Path, recipe: Path | None, quiet: bool, on_finish: str | None, **flags: Any) -> None:
    """Grow the pool by some rounds.

    Killed or stopped, the same command finishes what was begun; once finished, it adds rounds to the same pool.
    """
    # Until the engine is there to stop cleanly, a signal of any kind ends the command as Ctrl-C does.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    with _finally(on_finish, run), _errors():
        _expand(run, recipe, quiet, flags)


@cli.command(epilog=EPILOG)
@click.argument("run", default=Path("runs/default"), type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="For programs: the state as one JSON object.")
def status(run: Path, as_json: bool) -> None:
    """Say where a run stands: rounds, yields, why drafts were rejected."""
    with _errors():
        _status(run, as_json)


@cli.command(epilog=EPILOG)
@click.argument("name", required=False)
@click.option("--language", "-l", default="en", show_default=True, help="Language of the prompt to show.")
@click.option(
    "--prompts", type=click.Path(path_type=Path), help="Folder whose prompt files override or add to synth's."
)
def prompts(name: str | None, language: str, prompts: Path | None) -> None:
    """List the prompts, or show one filled in with an example."""
    with _errors():
        _prompts(name, language, prompts)


@cli.command("filter", epilog=EPILOG)
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File for what is kept; - for stdout.")
@click.option(
    "--rejects", type=click.Path(path_type=Path), help="File for the rest, each row with its place and verdict."
)
@click.option(
    "--against", multiple=True, type=click.Path(path_type=Path), help="Run folder or data to be novel to; repeatable."
)
@click.option("--by-input", is_flag=True, help="Few instructions, many inputs: compare what shares one by its input.")
@click.option("--only", help="Gates to ask, such as rouge,minhash.  [default: all]")
@click.option("--rouge", type=click.FloatRange(0, 1, min_open=True), help="Reject above this ROUGE-L.  [default: 0.7]")
@click.option(
    "--minhash",
    type=click.FloatRange(0, 1, min_open=True),
    help="Reject from this Jaccard similarity up.  [default: 0.8]",
)
@click.option(
    "--held-out", multiple=True, type=click.Path(path_type=Path), help="Evaluation set, or a run, to avoid; repeatable."
)
def filter_command(inputs: tuple[Path, ...], only: str | None, **options: Any) -> None:
    """Put data that you already have through the gates. First come stays.

    INPUTS are .jsonl, .json or .parquet files in any seed format, or - for JSONL on standard input.
    """
    with _errors():
        _filter(inputs, only, options)


@cli.command(epilog=EPILOG)
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("identifier", metavar="ID")
def why(run: Path, identifier: str) -> None:
    """Tell the whole story of one draft: parents, prompts, completions, verdicts.

    ID is that of a sample or of a draft in rounds/*.jsonl; its first characters are enough.
    """
    with _errors():
        _why(run, identifier)


def main() -> None:
    """The ``synth`` command."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:  # closed: the next file to be opened would get the number, and with it what libraries print
            os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # an ASCII terminal shows ? for what it cannot show
    try:
        cli()
    except SystemExit as ending:
        if isinstance(ending.__context__, KeyboardInterrupt):
            os._exit(Stopped.exit_code)  # at once, that is without waiting for threads; what counts is on disk
        raise


def _expand(run: Path, recipe_file: Path | None, quiet: bool, flags: dict[str, Any]) -> None:
    from synth.display import TerminalProgress, show_result, show_status
    from synth.recipe import load_recipe
    from synth.run import expand as expand_run
    from synth.run import read_run

    recipe = load_recipe(recipe_file, _recipe_fields(flags, has_file=recipe_file is not None))
    console = _console(quiet)
    progress = TerminalProgress(console)
    try:
        result = expand_run(recipe, run, observer=progress)
    except Stopped:
        progress.close()
        show_status(console, read_run(run))
        raise
    finally:
        progress.close()
    show_result(console, result)
    sys.exit(EXIT_DONE if result.accepted else EXIT_NOTHING_NEW)


def _status(run: Path, as_json: bool) -> None:
    from synth.display import show_status
    from synth.run import read_run

    folder = read_run(run)
    if as_json:
        import json

        from synth.run_folder import tokens_per_accepted

        state = {**folder.state.to_json(), "tokens_per_accepted": tokens_per_accepted(folder.state.rounds)}
        click.echo(json.dumps(state, ensure_ascii=False))
    else:
        show_status(_console(), folder)


def _prompts(name: str | None, language: str, directory: Path | None) -> None:
    from synth.display import show_prompt, show_prompts
    from synth.prompts import PromptSet

    prompt_set = PromptSet.load(directory)
    if name is None:
        show_prompts(_console(), prompt_set)
    else:
        show_prompt(_console(), prompt_set, name, language)


def _filter(inputs: tuple[Path, ...], only: str | None, options: dict[str, Any]) -> None:
    from synth.display import show_filtered
    from synth.filter import filter_rows
    from synth.rows import STREAM

    names = [] if only is None else [name.strip() for name in only.split(",")]
    given = {name: value for name, value in options.items() if value is not None}
    done = filter_rows(inputs, only=names, **given)
    # With the rows on stdout, the table goes where it does not mix with them.
    show_filtered(_console(stderr=options["out"] == STREAM), done)
    sys.exit(EXIT_DONE if done.kept else EXIT_NOTHING_NEW)


def _why(run: Path, identifier: str) -> None:
    from synth.display import show_story
    from synth.why import tell

    show_story(_console(), tell(run, identifier))


def _recipe_fields(flags: dict[str, Any], *, has_file: bool) -> dict[str, Any]:
    """Flags by the recipe field that each sets; what was not given is None and leaves the recipe alone."""
    fields = {name: flags[name] for name in ("rounds", "per_round", "seed", "prompts", "judge")}
    fields["seeds"] = flags["seeds"] or (None if has_file else ("seeds",))
    fields["llm.backend"] = flags["llm"]
    fields["llm.model"] = flags["model"]
    fields["llm.base_urls"] = flags["base_url"] or None
    fields["llm.in_flight"] = flags["in_flight"]
    fields["llm.journal"] = flags["replay"]
    fields["llm.engine_args"] = _engine_args(flags["engine_arg"]) or None
    fields["gates.rouge"] = flags["rouge"]
    fields["gates.minhash"] = flags["minhash"]
    fields["gates.held_out"] = flags["held_out"] or None
    for name in ("max_samples", "max_drafts", "max_tokens", "deadline", "min_yield"):
        fields[f"budget.{name}"] = flags[name]
    fields["answer_model"] = flags["answer_model"]
    return fields


def _engine_args(pairs: tuple[str, ...]) -> dict[str, Any]:
    import yaml

    arguments = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise click.BadParameter(f"{pair!r} is not KEY=VALUE", param_hint="--engine-arg")
        try:
            arguments[key.strip().lstrip("-").replace("-", "_")] = yaml.safe_load(value)
        except (yaml.YAMLError, ValueError) as error:
            raise click.BadParameter(f"{value!r} is no YAML value; quote it", param_hint="--engine-arg") from error
    return arguments


def _console(quiet: bool = False, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(quiet=quiet, stderr=stderr)


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    """A user's errors as one message and an exit code; bugs stay tracebacks."""
    try:
        yield
    except SynthError as error:
        kind = "stopped" if isinstance(error, Stopped) else "error"
        click.echo(f"synth: {kind}: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:  # the terminal or the pipe that the output goes to is gone or full
        with contextlib.suppress(OSError):
            if not isinstance(error, BrokenPipeError):  # `| head` has seen enough, which is no news to it
                click.echo(
                    f"synth: error: {error.filename or 'output'}: {(error.strerror or str(error)).lower()}", err=True
                )
        sys.stdout = io.StringIO()  # nothing is left to be flushed at exit
        sys.exit(1)
    except KeyboardInterrupt:
        click.echo("synth: stopped at once; run the same command again to go on", err=True)
        sys.exit(Stopped.exit_code)


@contextlib.contextmanager
def _finally(command: str | None, run: Path) -> Iterator[None]:
    """Run the user's command when all is over, however it ended; it sees the run folder and the exit code."""
    try:
        yield
    except SystemExit as ending:
        if command is not None:
            import subprocess

            variables = {"SYNTH_RUN": str(run), "SYNTH_EXIT": str(ending.code or 0)}
            done = subprocess.run(command, shell=True, env={**os.environ, **variables}, check=False)
            if done.returncode != 0:
                click.echo(f"synth: --on-finish exited with {done.returncode}: {command}", err=True)
        raise
