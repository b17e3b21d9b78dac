"""How each law is broken: the sound plugin, the law, what is put in the place of what, and a part of the message."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .support_hills import CHECK, COLLECTOR, FEATURES, MODEL

PARSE = "def parse(payload):\n"
FIT = "def fit(ctx):\n"
PREDICT = "def predict(fitted, games):\n"
BEGINS = "TIPOFF_API = 1"

HOSTILE: Mapping[str, tuple[str, str, tuple[str, str], str]] = {
    # what every plugin must obey
    "raises at import": (CHECK, "test_it_loads", (BEGINS, "1 / 0"), "ZeroDivisionError"),
    "of the future": (CHECK, "test_it_loads", (BEGINS, "TIPOFF_API = 99"), "needs API level `99`"),
    "brings nothing": (
        CHECK,
        "test_it_loads",
        ("return (Check(", "return ()\n    (Check("),
        "write a function checks()",
    ),
    "takes a name": (CHECK, "test_it_is_ok_beside_what_is_installed", ('"hill_scores"', '"taken"'), "rename this one"),
    "slow to import": (
        CHECK,
        "test_it_is_cheap_to_load",
        (
            BEGINS,
            ("TIPOFF_API = 1\nimport time\nend = time.thread_time() + 0.1\nwhile time.thread_time() < end:\n    pass"),
        ),
        "move the work into the functions",
    ),
    "heavy to import": (
        CHECK,
        "test_it_imports_nothing_heavy",
        (BEGINS, "TIPOFF_API = 1\nimport numpy"),
        "imports `numpy` too\nTo mend it: import these in the modules",
    ),
    "prints": (
        CHECK,
        "test_it_leaves_the_process_as_it_is",
        (BEGINS, f"{BEGINS}\nprint('hello')"),
        "changes what is printed",
    ),
    "patches a library": (
        CHECK,
        "test_it_leaves_the_process_as_it_is",
        (BEGINS, f"{BEGINS}\nimport click\nclick.unstyle = print"),
        "calling its hooks changes click.unstyle\n",
    ),
    "stops the clock": (
        CHECK,
        "test_it_loads",
        (BEGINS, f"{BEGINS}\nimport tipoff.clock\ntipoff.clock.now = lambda: None"),
        "its import or its hooks change tipoff.clock.now, which all",
    ),
    "reads JSON its own way": (
        CHECK,
        "test_it_loads",
        (BEGINS, f"{BEGINS}\nimport json\njson.loads = print"),
        "its import or its hooks change json.loads, which all",
    ),
    "names what is not there": (
        MODEL,
        "test_what_it_names_is_there",
        (":predict", ":predikt"),
        "did you mean `predict`",
    ),
    "names no function": (MODEL, "test_what_it_names_is_there", (":predict", ":TIPOFF_API"), "name the function"),
    "without a doc": (FEATURES, "test_it_is_documented", (', "points before"', ""), "column `hill_features.before`"),
    "imports what is not public": (
        CHECK,
        "test_it_keeps_to_what_is_public",
        (BEGINS, "TIPOFF_API = 1\nfrom tipoff.warehouse import store"),
        "imports `tipoff.warehouse.store`, which is not public",
    ),
    "a command without help": (
        CHECK,
        "test_its_commands_have_help",
        (
            BEGINS,
            (
                "TIPOFF_API = 1\nimport click\n\n@hookimpl\ndef commands():\n    return (f'{__name__}:climb',)"
                "\n\n@click.command()\ndef climb():\n    pass\n"
            ),
        ),
        "give the function a docstring",
    ),
    # collectors
    "a value of another type": (
        COLLECTOR,
        "test_every_sample_answer_gives_rows_that_fit",
        ('hill.get("height")', 'str(hill.get("height"))'),
        "convert the value to the column's type",
    ),
    "a row of another league": (
        COLLECTOR,
        "test_every_sample_answer_gives_rows_that_fit",
        ('"height": hill', '"league": "elsewhere", "height": hill'),
        "leave the column league out",
    ),
    "a column that is not there": (
        COLLECTOR,
        "test_every_sample_answer_gives_rows_that_fit",
        ('"height": hill', '"size": hill'),
        "has no column `size`",
    ),
    "a key that names two": (
        COLLECTOR,
        "test_a_key_names_one_record",
        ('"hill_id": hill["id"]', '"hill_id": "one"'),
        "add the column that tells",
    ),
    "another row each time": (
        COLLECTOR,
        "test_it_parses_alike_each_time",
        (PARSE, "import random\n\n" + PARSE + "    yield Row('hills', {'hill_id': str(random.random())})\n"),
        "nothing from chance",
    ),
    "a row more in each run": (
        COLLECTOR,
        "test_a_second_run_changes_nothing",
        (PARSE, "SEEN = []\n\n" + PARSE + "    SEEN.append(1)\n    yield Row('hills', {'hill_id': f'n{len(SEEN)}'})\n"),
        "no clock, no chance, no memory",
    ),
    "never content": (
        COLLECTOR,
        "test_a_second_run_changes_nothing",
        ("fresh_since=ctx.now", "fresh_since=ctx.now + timedelta(days=1)"),
        "must not lie after `ctx.now`",
    ),
    "keeps its own offsets": (
        COLLECTOR,
        "test_it_goes_on_after_a_kill",
        (
            "def plan(ctx):\n",
            (
                "def plan(ctx):\n    import os, pathlib\n    mark = pathlib.Path(os.environ['TIPOFF_HOME'], 'mark')\n"
                "    if mark.exists():\n        return\n    mark.touch()\n"
            ),
        ),
        "remember nothing itself",
    ),
    "falls over": (
        COLLECTOR,
        "test_no_answer_makes_it_fall_over",
        ("not isinstance(hill, dict) or ", ""),
        "look at the type of what it takes",
    ),
    "one bad costs all": (
        COLLECTOR,
        "test_one_bad_record_costs_no_other",
        ("yield Bad(Quarantine(", "raise MalformedResponse('x')\n            yield Bad(Quarantine("),
        "gave up the whole answer",
    ),
    "loses without a word": (
        COLLECTOR,
        "test_one_bad_record_costs_no_other",
        ("yield Bad(Quarantine(", "_ = (Quarantine("),
        "so that it is set aside and not lost",
    ),
    "rude": (
        COLLECTOR,
        "test_it_bears_a_refusal",
        ('doc="A source of hills."', 'doc="x", client=f"{__name__}:Rude"'),
        "use core's client",
    ),
    "complains in summer": (
        COLLECTOR,
        "test_the_off_season_is_empty",
        (
            "    for index, hill",
            '    if not page["hills"]:\n        raise MalformedResponse("none")\n    for index, hill',
        ),
        "an empty list is an answer",
    ),
    "cannot plan in summer": (
        COLLECTOR,
        "test_the_off_season_is_empty",
        (
            "def plan(ctx):\n",
            "def plan(ctx):\n    ctx.query('SELECT game_id FROM raw.games')[0 if ctx.now.month == 7 else slice(0)]\n",
        ),
        "ask for nothing where there is nothing",
    ),
    "raises where it parses": (
        COLLECTOR,
        "test_a_key_names_one_record",
        ('hill.get("height")}', 'hill["size"]}'),
        "); this is a defect of the plugin\nTo mend it: mend the function that it names",
    ),
    "plans without end": (
        COLLECTOR,
        "test_a_key_names_one_record",
        ("def plan(ctx):\n", "def plan(ctx):\n    while True:\n        yield Request('https://hills.example/a')\n"),
        "`hostile_for_test:plan` had yielded 1,000 items and went on, the last one `Request(url='https://hills.example/a'",
    ),
    "plans and never says": (
        COLLECTOR,
        "test_a_key_names_one_record",
        ("def plan(ctx):\n", "def plan(ctx):\n    while True:\n        pass\n"),
        "`hostile_for_test:plan` had not ended after 0.5 s and was stopped (",
    ),
    "parses without end": (
        COLLECTOR,
        "test_a_key_names_one_record",
        (PARSE, PARSE + "    while True:\n        yield Row('hills', {'hill_id': '1'})\n"),
        "`hostile_for_test:parse` had yielded 1,000 items and went on, the last one `Row(table='hills'",
    ),
    # features
    "leaves out games to come": (
        FEATURES,
        "test_games_to_come_have_rows",
        ("WHERE season = $season", "WHERE season = $season AND status = 'final'"),
        "take every game of `games`",
    ),
    "counts its calls": (
        FEATURES,
        "test_incremental_equals_full",
        ("def compute(ctx):\n    return ", "CALLS = []\n\ndef compute(ctx):\n    CALLS.append(1)\n    return "),
        "must depend on `ctx` alone",
    ),
    "peeks": (
        FEATURES,
        "test_nothing_from_the_future",
        ("INTERVAL 1 DAY PRECEDING", "UNBOUNDED FOLLOWING"),
        "games of earlier days only",
    ),
    "draws lots": (
        FEATURES,
        "test_the_same_inputs_give_the_same_bytes",
        ("AS DOUBLE) AS before", "AS DOUBLE) + random() AS before"),
        "must use no chance",
    ),
    "reads what it did not declare": (
        FEATURES,
        "test_it_sees_its_declared_inputs_only",
        ("FROM games WHERE", "FROM team_stats WHERE"),
        "sees `ctx.inputs`",
    ),
    # models
    "another model each time": (
        MODEL,
        "test_the_same_games_give_the_same_model",
        ("level = float(margin.mean())", "level = float(margin.mean()) + np.random.default_rng().normal()"),
        "`ctx.seed`",
    ),
    "keeps its fit to itself": (
        MODEL,
        "test_it_comes_back_from_storage",
        (PREDICT, "LAST = {}\n\n" + PREDICT),
        "`predict` may use what is in its `Fitted` and nothing else",
    ),
    "cannot be stored": (
        MODEL,
        "test_it_comes_back_from_storage",
        ('"level": level,', '"level": level, "when": ctx,'),
        "return JSON",
    ),
    "remembers later games": (
        MODEL,
        "test_it_knows_nothing_of_later_games",
        ("    level = float(margin.mean())", "    MET.extend(margin.tolist())\n    level = float(np.mean(MET))"),
        "keep nothing in the module between two fits",
    ),
    "looks at the others": (
        MODEL,
        "test_a_game_is_judged_by_itself",
        ('(slope - state["mean"])', "(slope - slope.mean())"),
        "let `fit` compute means",
    ),
    "certain": (
        MODEL,
        "test_its_output_is_in_range",
        ("np.clip(ndtr(margin / sd), 1e-6, 1 - 1e-6)", "(margin > 0) * 1.0"),
        "strictly between 0 and 1",
    ),
    "for the away team": (
        MODEL,
        "test_its_output_is_calibrated",
        ("np.clip(ndtr(margin / sd)", "np.clip(ndtr(-margin / sd)"),
        "home_win_prob is",
    ),
    "too sure": (
        MODEL,
        "test_its_output_is_calibrated",
        ('sd = np.full(len(margin), state["sd"])', "sd = np.full(len(margin), 1.5)"),
        "margin_sd",
    ),
    "lets NaN through": (
        MODEL,
        "test_missing_values_do_no_harm",
        (
            'np.nan_to_num(games["slope"].to_numpy().astype(float), nan=state["mean"])',
            'games["slope"].to_numpy().astype(float)',
        ),
        "decide what that means",
    ),
    # checks
    "a broken statement": (
        CHECK,
        "test_it_finds_nothing_in_an_empty_store",
        ("home_score < 0", "no_score < 0"),
        "write one SELECT",
    ),
    "a total": (
        CHECK,
        "test_it_finds_nothing_in_an_empty_store",
        ("SELECT * FROM", "SELECT count(*) FROM"),
        "and no totals",
    ),
    "a cast that fails": (
        CHECK,
        "test_it_runs_over_rows",
        ("home_score < 0", "CAST(game_id AS INTEGER) < 0"),
        "cannot run over rows: ",
    ),
    "never content to find": (
        CHECK,
        "test_it_finds_what_is_wrong",
        ("home_score < 0", "home_score < 0 AND home_score > 0"),
        "does not find what is wrong in {'games': [",
    ),
    "of no table": (CHECK, "test_its_table_is_there", ('table="raw.games"', 'table="raw.gamez"'), "which is no table"),
}

RUDE = '''

class Rude:
    """Asks at once again."""
    concurrency = 1

    def __init__(self, access):
        self.host = access.host

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        pass

    async def fetch(self, request, league):
        import urllib.error, urllib.request
        from tipoff import Payload, clock
        address = request.key.replace("https://hills.example", self.host)
        for _ in range(3):
            try:
                body = urllib.request.urlopen(address).read()
            except urllib.error.HTTPError as error:
                error.close()
                continue
            return Payload(request, body, clock.now(), league)
'''
MORE: Mapping[str, Callable[[str], str]] = {
    "rude": lambda source: source + RUDE,
    "remembers later games": lambda source: source.replace(FIT, "MET = []\n\n" + FIT),
    "keeps its fit to itself": lambda source: source.replace(
        "    sd = float(np.std", "    LAST['level'] = level\n    sd = float(np.std"
    ).replace('state["level"] +', 'LAST["level"] +'),
    "counts its calls": lambda source: source.replace(
        "AS DOUBLE) AS before", "AS DOUBLE) + " + "$calls AS before"
    ).replace(
        'WHERE season = $season\n    """)', 'WHERE season = $season\n    """.replace("$calls", str(len(CALLS))))'
    ),
}
