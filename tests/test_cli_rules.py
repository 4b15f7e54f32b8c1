"""What `oldhand rules explain` shows is true."""

from __future__ import annotations

from oldhand.cli.explanation import Examples, examples
from oldhand.resources import bundled_agents
from oldhand.review import run
from oldhand.review.document import Document
from oldhand.rules.load import load
from oldhand.rules.rule import Rule, RuleSet
from oldhand.settings import Settings

RULES = load(sorted(bundled_agents().glob("*/rules")))[0]


# Some rules look at migrations alone, which are known by where they lie.
PLACES = ("example", "migrations/versions/0001_example")
# An example shows the line that matters; what stands around it in a file does not fit into an explanation.
PYTHON = """import sqlalchemy as sa
from alembic import op
from django.db import migrations, models
from sqlalchemy import Column, DateTime, ForeignKey, Integer, Numeric
from sqlmodel import Field, SQLModel

"""
SCRIPT = """import { Column, Entity, Index, JoinColumn, ManyToOne, MigrationInterface, QueryRunner, TableColumn } from "typeorm";
import { doublePrecision, index, integer, numeric, pgTable, timestamp } from "drizzle-orm/pg-core";
import { Sequelize } from "sequelize";
import knex from "knex";

"""
AROUND = {
    "python": (
        "{}",
        PYTHON + "{}",
        PYTHON + "def upgrade():\n    {}",
        PYTHON + "class Order(Base):\n    __tablename__ = 'orders'\n    {}",
        PYTHON + "class Migration(migrations.Migration):\n    operations = [\n        {},\n    ]",
    ),
    "typescript": (
        "{}",
        SCRIPT + "{}",
        SCRIPT + "module.exports = {\n  {},\n};",
        SCRIPT
        + "export class A implements MigrationInterface {\n  async up(queryRunner: QueryRunner) {\n    {}\n  }\n}",
        SCRIPT + "@Entity()\nexport class Order {\n  {}\n}",
        SCRIPT + "export const orders = pgTable('orders', {});",
        SCRIPT + "export async function up(knex) {\n  {}\n}",
        SCRIPT + "module.exports = {\n  async up(queryInterface, Sequelize) {\n    {}\n  },\n};",
    ),
}


def reported(rule: Rule, code: str) -> tuple[str, str, str] | None:
    """The language, place and surroundings in which the rule finds something in the code; the first of the usual ones."""
    for language in rule.languages:
        for around in AROUND.get(language, ("{}",)):
            for place in PLACES:
                if reports(rule, code, language, place, around):
                    return language, place, around
    return None


def reports(rule: Rule, code: str, language: str, place: str, around: str) -> bool:
    """Whether the rule finds something in the code there."""
    own = RuleSet(RULES.named(rule.id), RULES.catalog)
    review = run.review(Document.open(place, None, language, _placed(code, around)), own, Settings())
    return any(finding.rule == rule.id for finding in review.findings)


def _placed(code: str, around: str) -> str:
    indent = around.partition("{}")[0].rpartition("\n")[2]
    return around.replace("{}", code.replace("\n", "\n" + indent) if indent.isspace() else code)


def test_examples_of_the_bundled_rules_are_examples():
    wrong = []
    for rule in RULES.rules:
        given = examples(rule)
        where = reported(rule, given.bad) if given.bad else None
        if given.bad and where is None:
            wrong.append(f"{rule.id} says nothing about its bad example")
        if given.good and where is not None and reports(rule, given.good, *where):
            wrong.append(f"{rule.id} reports its good example")
        if bool(given.bad) != bool(given.good):
            wrong.append(f"{rule.id} has one example without the other")
    assert wrong == []


def test_rule_whose_file_is_gone_has_no_examples(tmp_path):
    path = tmp_path / "rule.yaml"
    path.write_text(
        "id: a/b\nlanguage: [python]\nmessage: x\nrule: {pattern: f($X)}\nmetadata: {examples: {bad: f(1)}}\n"
    )
    (rule,) = load([path])[0].rules
    assert examples(rule) == Examples("f(1)", "")
    path.unlink()
    assert examples(rule) == Examples()
