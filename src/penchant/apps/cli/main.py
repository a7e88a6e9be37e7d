"""The commands of `penchant`. Exit codes: 0 done, 1 failed, 2 wrong use, 3 not found."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from penchant.apps.cli import operations, serving
from penchant.apps.cli.demo import play_demo
from penchant.apps.cli.evaluate import evaluate_log
from penchant.apps.cli.evaluate_explanations import evaluate_explanations
from penchant.apps.cli.evaluate_search import evaluate_search
from penchant.apps.cli.imports import import_source
from penchant.apps.cli.output import EXIT_FAILED, Output, failures_explained
from penchant.apps.cli.tables import (
    analysis_line,
    explanation_table,
    personal_line,
    profile_view,
    recommendation_table,
)
from penchant.apps.cli.train import train
from penchant.apps.presentation import (
    explain_answer,
    export_of,
    profile_of,
    receipt_of,
    recommend_answer,
    search_answer,
    title_choice,
    weights_of,
)
from penchant.assembly import build_engine, ensure_catalogue
from penchant.domain.feedback import Feedback, FeedbackType
from penchant.domain.item import Item
from penchant.domain.query import Filters, Query
from penchant.engine import Engine
from penchant.errors import UnknownItem
from penchant.journal import new_event_id
from penchant.settings import load_settings

__all__ = ["main"]

NEWCOMER = """\
Penchant: search and recommendations that learn each person's taste and say why.

  penchant demo                               two people, one query, two answers
  penchant search "medical drama"             search the catalogue
  penchant rate mina "Hospital Playlist" 9.5  tell it what mina thinks
  penchant search "medical drama" -u mina     search again, as mina
  penchant serve                              start the API on 127.0.0.1:8001

All commands: penchant --help
"""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Search and recommendations that learn each person's taste and say why. "
    "Exit codes: 0 done, 1 failed, 2 wrong use, 3 not found.",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Database = Annotated[
    str | None,
    typer.Option("--database", help="Database URL [PENCHANT_DATABASE_URL].", show_default=False),
]
User = Annotated[str | None, typer.Option("--user", "-u", help="For whom.")]
UserArgument = Annotated[str, typer.Argument(metavar="USER", help="A user id.")]
ItemArgument = Annotated[str, typer.Argument(metavar="ITEM", help="A title or an item id.")]
TopN = Annotated[int, typer.Option("--top-n", "-n", min=1, max=200, help="How many results.")]
Genre = Annotated[list[str] | None, typer.Option("--genre", help="Only this genre; repeatable.")]
Person = Annotated[list[str] | None, typer.Option("--person", help="Only with this person.")]
Network = Annotated[list[str] | None, typer.Option("--network", help="Only from this network.")]
YearMin = Annotated[int | None, typer.Option("--year-min", help="From this year on.")]
YearMax = Annotated[int | None, typer.Option("--year-max", help="Up to this year.")]
EpisodesMax = Annotated[int | None, typer.Option("--episodes-max", help="At most this long.")]
RatingMin = Annotated[float | None, typer.Option("--rating-min", help="Rated at least this.")]


@app.callback(invoke_without_command=True)
def newcomer(
    context: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Say the five commands that a newcomer needs."""
    if show_version:
        sys.stdout.write(f"penchant {version('penchant')}\n")
        raise typer.Exit
    if context.invoked_subcommand is None:
        sys.stdout.write(NEWCOMER)


@app.command()
def demo(json: Json = False) -> None:
    """Two people with opposite tastes ask for the same thing (nothing is stored)."""
    output = Output.of(json=json)
    with failures_explained(output):
        play_demo(output)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="Port; 0 takes any.")] = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Start the API; an empty database gets the bundled catalogue first."""
    output = Output.of(json=json)
    with failures_explained(output):
        serving.serve(load_settings(host=host, port=port, database_url=database), output)


app.command("import")(import_source)


@app.command()
def search(
    query: Annotated[list[str], typer.Argument(metavar="QUERY", help="What to look for.")],
    user: User = None,
    top_n: TopN = 10,
    personalize: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="0 is the anonymous answer.")
    ] = 1.0,
    genre: Genre = None,
    person: Person = None,
    network: Network = None,
    year_min: YearMin = None,
    year_max: YearMax = None,
    episodes_max: EpisodesMax = None,
    rating_min: RatingMin = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Search the catalogue, for a person when --user says who."""
    output = Output.of(json=json)
    facets = {"genre": tuple(genre or ()), "publisher": tuple(network or ())}
    ranges = {
        "year": (year_min, year_max),
        "episodes": (None, episodes_max),
        "rating": (rating_min, None),
    }
    filters = Filters(
        facets={name: values for name, values in facets.items() if values},
        people=tuple(person or ()),
        ranges={name: bounds for name, bounds in ranges.items() if bounds != (None, None)},
    )
    with failures_explained(output), _engine(database) as engine:
        answer = engine.search(Query(" ".join(query), top_n, user, personalize, filters))
        body = search_answer(answer, engine.snapshot.catalogue.schema)
        if output.json:
            output.document(body)
            return
        output.console.print(analysis_line(body))
        output.console.print(personal_line(body))
        if body["recommendations"]:
            output.console.print(recommendation_table(body["recommendations"]))
        else:
            output.console.print(body["message"], markup=False)
            if body["nearest_titles"]:
                output.console.print("Nearest titles:")
            for choice in body["nearest_titles"]:
                output.console.print(f"  {choice['Title']}", markup=False)


@app.command()
def recommend(
    who: Annotated[str | None, typer.Argument(metavar="[USER]", help="For whom.")] = None,
    user: User = None,
    top_n: TopN = 10,
    database: Database = None,
    json: Json = False,
) -> None:
    """What suits a person, without a query; for nobody what is popular and good."""
    output = Output.of(json=json)
    if who is not None and user is not None and who != user:
        raise typer.BadParameter(f"for {who} or for {user}? Name one of them")
    with failures_explained(output), _engine(database) as engine:
        answer = engine.recommend(user or who, top_n)
        body = recommend_answer(answer, engine.snapshot.catalogue.schema)
        if output.json:
            output.document(body)
            return
        output.console.print(personal_line(body))
        if body["recommendations"]:
            output.console.print(recommendation_table(body["recommendations"]))
        else:
            output.console.print(body["message"], markup=False)


@app.command()
def rate(
    user: UserArgument,
    item: ItemArgument,
    rating: Annotated[float, typer.Argument(help="On the catalogue's scale (K-dramas: 0 to 10).")],
    database: Database = None,
    json: Json = False,
) -> None:
    """Tell what a person thinks of an item."""
    output = Output.of(json=json)
    with failures_explained(output), _engine(database) as engine:
        found = _item(engine, item)
        event_id = new_event_id()
        feedback = Feedback(event_id, user, found.id, FeedbackType.RATING, engine.clock(), rating)
        receipt = engine.record(feedback)
        body = {**receipt_of(receipt), "item": title_choice((found.id, found.title))}
        if output.json:
            output.document(body)
            return
        persona = " · ".join(engine.profile(user).personas())
        output.console.print(f"Rated {found.title} {rating:g}. {user}: {persona}.", markup=False)
        output.console.print(
            f"To take it back: penchant undo {event_id}", style="dim", markup=False
        )


@app.command()
def profile(user: UserArgument, database: Database = None, json: Json = False) -> None:
    """What is known of a person's taste."""
    output = Output.of(json=json)
    with failures_explained(output), _engine(database) as engine:
        weights = weights_of(engine.scorer_weights(user))
        body = {**profile_of(engine.profile(user)), "scorer_weights": weights}
        if output.json:
            output.document(body)
        else:
            output.console.print(profile_view(body))


@app.command()
def explain(
    item: ItemArgument,
    user: User = None,
    query: Annotated[str | None, typer.Option(help="In the results of this query.")] = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Why an item stands where it stands for a person, or why it does not."""
    output = Output.of(json=json)
    with failures_explained(output), _engine(database) as engine:
        found = _item(engine, item)
        answer = engine.explain(user, found.id, query)
        body = explain_answer(answer, engine.snapshot.catalogue.schema)
        if output.json:
            output.document(body)
            return
        if body["recommendation"] is None:
            output.console.print(f"{found.title} is not listed: {body['why_not']}.", markup=False)
            return
        place = f"{found.title} stands at #{body['rank']} of {body['out_of']} by score"
        output.console.print(Text(place, style="bold"))
        output.console.print(explanation_table(body["recommendation"]))


@app.command()
def undo(
    event_id: Annotated[str, typer.Argument(metavar="EVENT", help="The id of the event.")],
    database: Database = None,
    json: Json = False,
) -> None:
    """Take an event back: the profile becomes one that never saw it."""
    output = Output.of(json=json)
    with failures_explained(output), _engine(database) as engine:
        receipt = engine.undo(event_id)
        if output.json:
            output.document(receipt_of(receipt))
        elif receipt.status == "duplicate":
            output.console.print("That was taken back before; nothing changed.")
        else:
            output.console.print("Taken back. The profile is as if it had never happened.")


@app.command()
def export(
    user: UserArgument,
    to: Annotated[Path | None, typer.Option("--to", help="Write to this file.")] = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Everything that is stored about a person, as JSON."""
    output = Output.of(json=json)
    with failures_explained(output), _engine(database) as engine:
        learner, records, shown = engine.export(user)
        body = export_of(learner, records, shown)
        if to is None:
            output.document(body)
            return
        operations.write_document(to, body)
        written = {"file": str(to), "events": len(records)}
        if output.json:
            output.document(written)
        else:
            output.console.print(f"Wrote {len(records)} events to {to}.", markup=False)


@app.command()
def erase(
    user: UserArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    database: Database = None,
    json: Json = False,
) -> None:
    """Delete everything about a person, for good."""
    output = Output.of(json=json)
    if not yes and output.json:
        raise typer.BadParameter("with --json nobody is asked: say --yes, too")
    if not yes:
        typer.confirm(f"Delete everything about {user}? This cannot be undone.", abort=True)
    with failures_explained(output), _engine(database) as engine:
        gone = dict(engine.erase(user))
        if output.json:
            output.document({"user_id": user, "erased": gone})
            return
        told = ", ".join(f"{count} {table}" for table, count in gone.items())
        output.console.print(f"Erased {user}: {told}.", markup=False)


@app.command()
def rebuild(database: Database = None, json: Json = False) -> None:
    """Refold every profile from the log and report those that differed (there should be none)."""
    output = Output.of(json=json)
    with failures_explained(output), _engine(database) as engine:
        if not operations.rebuild(engine, output):
            sys.exit(EXIT_FAILED)


@app.command()
def doctor(database: Database = None, json: Json = False) -> None:
    """Check that everything works here, and say what to do where it does not."""
    output = Output.of(json=json)
    with failures_explained(output):
        if not operations.doctor(load_settings(database_url=database), output):
            sys.exit(EXIT_FAILED)


app.command("evaluate-search", hidden=True)(evaluate_search)
app.command("evaluate-explanations", hidden=True)(evaluate_explanations)


app.command("evaluate")(evaluate_log)
app.command("train")(train)


def main() -> None:
    """Run the command line."""
    app()


@contextmanager
def _engine(database: str | None) -> Iterator[Engine]:
    engine = build_engine(load_settings(database_url=database))
    try:
        ensure_catalogue(engine)
        yield engine
    finally:
        engine.close()


def _item(engine: Engine, title_or_id: str) -> Item:
    try:
        return engine.item(title_or_id)
    except UnknownItem:
        return engine.find_title(title_or_id)
