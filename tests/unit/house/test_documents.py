"""The documents say what is so: dependencies, commands, links."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
READMES = ["README.md", "README.zh-CN.md"]


def normal(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return re.sub(r"[-_.]+", "-", found.group()).lower()


def rows(section: str) -> set[str]:
    page = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    text = page.split(f"\n## {section}", 1)[1].split("\n## ", 1)[0]
    first = [line.split("|")[1] for line in text.splitlines() if line.startswith("|") and "---" not in line][1:]
    return {normal(name.strip()) for cell in first for name in cell.split(",")}


def test_every_dependency_has_its_line_and_every_line_its_dependency() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    everywhere = {normal(one) for one in PROJECT["project"]["dependencies"]}
    assert rows("Everywhere") == everywhere
    assert rows("The terminal") == {normal(one) for one in extras["device"]} - everywhere
    assert rows("The status page") == {normal(one) for one in extras["page"]}
    sections = ("Everywhere", "The terminal", "The status page", "The gateway", "Provisioning", "The simulators")
    named = set().union(*map(rows, sections))
    assert named == everywhere | {normal(one) for extra in extras.values() for one in extra}
    groups = PROJECT["dependency-groups"]
    assert rows("Build and test") == {normal(one) for group in groups.values() for one in group}


@pytest.mark.parametrize("lock", ["build", "run", "dev"])
def test_locks_are_pinned_with_hashes_and_name_no_place(lock: str) -> None:
    text = (ROOT / f"requirements/{lock}.lock").read_text(encoding="utf-8")
    requirements = re.split(r"\n(?=\S)", text.strip())
    for requirement in requirements:
        assert re.match(r"[a-z0-9-]+==\S+", requirement), requirement
        assert "--hash=sha256:" in requirement
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


def test_locks_hold_what_the_project_asks_for() -> None:
    pinned = {
        normal(line)
        for line in (ROOT / "requirements/run.lock").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    extras = PROJECT["project"]["optional-dependencies"].values()
    asked = {normal(one) for group in (PROJECT["project"]["dependencies"], *extras) for one in group}
    assert asked <= pinned


@pytest.mark.parametrize("page", READMES)
def test_readme_names_real_commands(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]
    assert lines
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for line in lines:
        words = line.removeprefix(".venv/bin/").split()
        if words[0] == "make":
            assert words[1] in targets, line
        elif words[0] in PROJECT["project"]["scripts"]:
            module, _, _ = PROJECT["project"]["scripts"][words[0]].partition(":")
            asked = [word for word in words[1:2] if not word.startswith("-")]
            code = f"import sys, {module} as m; sys.exit(m.main())"
            help_ = subprocess.run(
                [sys.executable, "-c", code, *asked, "--help"], capture_output=True, text=True, check=False, cwd=ROOT
            )
            assert help_.returncode == 0, (line, help_.stderr)
        else:
            assert words[0] in {"git", "cd", "curl"}, line


def test_links_between_documents_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    assert pages
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} -> {target}"


def test_promises_name_tests_that_exist() -> None:
    page = (ROOT / "docs/promises.md").read_text(encoding="utf-8")
    named = re.findall(r"`([a-z0-9_/]+\.py)::(\w+)`", page)
    assert named
    for path, name in named:
        source = (ROOT / "tests" / path).read_text(encoding="utf-8")
        assert re.search(rf"def {name}\(", source), f"{path}::{name}"
    promised = re.findall(r"^\d\. \*\*", (ROOT / "docs/architecture.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(promised) == len(set(re.findall(r"\*\*(\d)\. ", page)))


def test_every_decision_is_in_the_index() -> None:
    index = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs/decisions").glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in index, page.name


def test_both_readmes_lead_to_the_same_pages_in_the_same_order() -> None:
    english, chinese = (
        re.findall(r"^- \[([^\]]+)\]", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE) for page in READMES
    )
    assert english == chinese
