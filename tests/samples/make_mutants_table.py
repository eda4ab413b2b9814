"""Write the table of mutants into docs/found-by-simulation.md: which world caught which, and by which invariant.

    PYTHONPATH=src:tests python -m samples.make_mutants_table [NAME …]

With names only those rows are found anew.
"""

import logging
import re
import sys
from pathlib import Path

from samples.mutants import MOST_SEEDS, MUTANTS, Mutant, catch

PAGE = Path(__file__).parents[2] / "docs/found-by-simulation.md"
BEGIN, END = "<!-- mutants -->\n", "<!-- /mutants -->\n"
HEAD = "| what was broken | world | seed | caught by |\n|---|---|---|---|\n"


def row(name: str, mutant: Mutant) -> str:
    """Return the row of one mutant; exits where no world catches it."""
    caught = catch(mutant, range(MOST_SEEDS))
    if caught is None:
        sys.exit(f"{name}: not caught within {MOST_SEEDS} seeds")
    world = f"`--faults {mutant.profile} --terminals {mutant.terminals} --days {mutant.days}`"
    return f"| {name} | {world} | {caught.seed} | `{caught.invariant}` |\n"


def main() -> None:
    """Make the table."""
    logging.disable(logging.CRITICAL)
    page = PAGE.read_text(encoding="utf-8")
    before, table = page.split(BEGIN, 1)
    table, after = table.split(END, 1)
    rows = {found[1]: found[0] for found in re.finditer(r"^\| ([^|]+) \| `--.*\n", table, re.MULTILINE)}
    for name, mutant in MUTANTS.items():
        if name not in rows or name in sys.argv[1:] or len(sys.argv) == 1:
            rows[name] = row(name, mutant)
            sys.stdout.write(rows[name])
            sys.stdout.flush()
        made = "".join(rows[one] for one in MUTANTS if one in rows)
        PAGE.write_text(before + BEGIN + HEAD + made + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
