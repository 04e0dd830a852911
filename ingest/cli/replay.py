"""`python -m ingest replay`"""

from collections.abc import Sequence
from typing import Any

import click

from ingest.cli.shell import FOUND, age, as_json, print_counts, print_json, say
from ingest.dead_letters import DeadLetters, Letter, dead_letter_queue
from ingest.installation import Installation


@click.command()
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="NUMBER", help="At most so many messages."
)
@click.option("--discard-invalid", is_flag=True, help="Delete those that name no upload.")
@click.option("--dry-run", is_flag=True, help="Only show them, and why they failed.")
@as_json
def replay(limit: int | None, discard_invalid: bool, dry_run: bool, as_json: bool) -> None:
    """Requeue messages that failed for good.

    Shows why they failed. A message that names no upload would only fail again: it stays where it
    is, and the exit code is 1.
    """
    ours = Installation.from_environment()
    dead_queue = dead_letter_queue(ours.sqs, ours.queue_url)
    dead = DeadLetters(ours.sqs, ours.queue_url, dead_queue, ours.published)
    done: list[tuple[Letter, str]] = []
    try:
        for letter in dead.receive(limit):
            done.append((letter, "kept"))  # unless it comes to an end
            done[-1] = letter, _treat(dead, letter, discard_invalid, dry_run)
    finally:
        _show(ours, done, as_json)
        for letter, what in done:
            if what == "kept":
                dead.release(letter)
    if any(what == "kept" for _, what in done):
        raise SystemExit(FOUND)


def _treat(dead: DeadLetters, letter: Letter, discard_invalid: bool, dry_run: bool) -> str:
    """What became of a letter: replayed, discarded or kept."""
    if dry_run or not (letter.addresses or discard_invalid):
        return "kept"
    if not letter.addresses:
        dead.discard(letter)
        return "discarded"
    dead.replay(letter)
    return "replayed"


def _show(ours: Installation, done: Sequence[tuple[Letter, str]], as_json: bool) -> None:
    if as_json:
        print_json([_document(letter, what) for letter, what in done])
        return
    for letter, what in done:
        waited = (ours.clock() - letter.sent_at).total_seconds()
        say(f"{what:<9} {', '.join(letter.addresses) or letter.body[:80]}")
        say(f"    {letter.reason} (sent {age(waited)} ago)")
    outcomes = [what for _, what in done]
    if any(not letter.addresses for letter, what in done if what == "kept"):
        say("delete those that name no upload with: python -m ingest replay --discard-invalid")
    print_counts({what: outcomes.count(what) for what in ("replayed", "discarded", "kept")})


def _document(letter: Letter, what: str) -> dict[str, Any]:
    return {
        "message_id": letter.message_id,
        "uploads": letter.addresses,
        "outcome": what,
        "reason": letter.reason,
        "sent_at": letter.sent_at.isoformat(),
    }
