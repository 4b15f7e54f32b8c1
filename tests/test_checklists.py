"""Checklists: that the bundled ones cover the persona's expertise, how they load, and which ones code calls for."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oldhand.personas.checklists import BUDGET, MAX_TEXT, Checklist, choose, load
from oldhand.personas.code_words import imports_in, is_imported, words_in
from oldhand.resources import bundled_agents
from oldhand.syntax.languages import LANGUAGES, by_path

FOLDER = bundled_agents() / "senior-backend-engineer" / "checklists"
CHECKLISTS, PROBLEMS = load(FOLDER)
SHOP = Path(__file__).parent / "samples" / "shop"
FENCED = re.compile(r"^(Bad|Good):\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FENCES = {"python", "javascript", "typescript", "go", "java", "sql"}

# Every area of the persona's expertise, and the checklist that covers it.
AREAS = {
    "queries and queries per row": "sql-queries",
    "indexes and plans": "sql-indexes",
    "schema design and constraints": "sql-schema",
    "migrations on live tables": "sql-migrations",
    "transactions and isolation": "transactions",
    "races and lost updates": "lost-updates",
    "connections, pools, resources": "connections",
    "document stores": "document-stores",
    "Redis": "redis",
    "caching and stampedes": "caching",
    "REST": "rest-api",
    "idempotency keys": "idempotency",
    "GraphQL": "graphql",
    "gRPC": "grpc",
    "passwords and sessions": "passwords-sessions",
    "tokens and OAuth": "tokens-oauth",
    "authorisation and tenancy": "authorisation",
    "injection": "injection",
    "SSRF, paths, deserialisation": "outside-references",
    "secrets, logging, personal data": "secrets-privacy",
    "HTTP clients": "http-clients",
    "message consumers": "message-consumers",
    "outbox": "outbox",
    "background jobs, schedulers, locks": "background-jobs",
    "concurrency": "concurrency",
    "error handling and logging": "errors-logging",
    "money and numbers": "money-numbers",
    "time": "time",
    "webhooks": "webhooks",
    "file uploads": "file-uploads",
    "configuration, start, stop, health": "lifecycle",
    "observability": "observability",
    "distributed systems": "service-boundaries",
    "Python": "python-language",
    "asyncio": "python-asyncio",
    "Django": "python-django",
    "SQLAlchemy": "python-sqlalchemy",
    "FastAPI": "python-fastapi",
    "Celery": "python-celery",
    "promises": "node-promises",
    "Express, Nest, Fastify": "node-web",
    "Prisma, TypeORM, Sequelize": "node-orm",
    "Go": "go-language",
    "goroutines and contexts": "go-concurrency",
    "database/sql": "go-database-sql",
    "Spring": "java-spring",
    "JPA": "java-jpa",
    "Java": "java-resources",
    "SQL dialects": "sql-dialects",
}

each_checklist = pytest.mark.parametrize("checklist", CHECKLISTS, ids=[checklist.id for checklist in CHECKLISTS])


def test_bundled_checklists_load_without_problems() -> None:
    assert PROBLEMS == ()
    assert len(list(FOLDER.iterdir())) == len(CHECKLISTS)


def test_every_area_of_the_expertise_is_covered() -> None:
    assert set(AREAS.values()) | {"bad-day"} == {checklist.id for checklist in CHECKLISTS}


@each_checklist
def test_checklist_is_concrete_and_short(checklist: Checklist) -> None:
    assert (FOLDER / f"{checklist.id}.yaml").is_file()
    assert 120 <= checklist.tokens <= 350
    assert "→" in checklist.text
    assert "Not a finding" in checklist.text


@each_checklist
def test_checklist_shows_one_bad_and_one_good_example(checklist: Checklist) -> None:
    examples = FENCED.findall(checklist.text)
    assert [which for which, _, _ in examples] == ["Bad", "Good"]
    assert checklist.text.count("```") == 4
    for _, language, code in examples:
        assert language in FENCES
        assert not checklist.languages or language in (*checklist.languages, "sql")
        if language == "python":
            ast.parse(code)


@each_checklist
def test_checklist_is_chosen_for_its_words_and_imports(checklist: Checklist) -> None:
    language = (checklist.languages or ("python",))[0]
    for word in checklist.words:
        assert choose([checklist], language, f"x = {word}()") == (checklist,), f"{word} is never found"
    for name in checklist.imports:
        code = {"python": f"import {name}", "java": f"import {name}.Any;", "go": f'import "{name}"'}
        # Names of other languages are not written as this one writes them.
        written = code.get(language, f"import x from '{name}'")
        if not re.search(r"[@-]", name) or language not in {"python", "java"}:
            assert choose([checklist], language, written) == (checklist,), f"{name} is never found"


SAMPLES = {
    "go": (
        """
        package orders

        import (
            "context"
            "database/sql"
            "net/http"

            "github.com/redis/go-redis/v9"
        )

        func (s *Server) Cancel(w http.ResponseWriter, r *http.Request) {
            tx, err := s.db.BeginTx(r.Context(), nil)
            row := tx.QueryRow("SELECT status FROM orders WHERE id = $1", r.PathValue("id"))
            s.db.Exec("UPDATE orders SET status = 'cancelled' WHERE id = $1", r.PathValue("id"))
            go s.notify(context.Background(), row)
            tx.Commit()
        }
        """,
        {"go-database-sql", "go-language", "go-concurrency", "transactions", "lost-updates", "rest-api"},
    ),
    "java": (
        """
        package shop;

        import jakarta.persistence.EntityManager;
        import org.springframework.stereotype.Service;
        import org.springframework.transaction.annotation.Transactional;
        import org.springframework.kafka.core.KafkaTemplate;
        import java.math.BigDecimal;

        @Service
        class Payments {
            @Transactional
            public void pay(Long orderId, BigDecimal amount) {
                Order order = orders.findById(orderId).orElseThrow();
                order.setBalance(order.getBalance().subtract(amount));
                orders.save(order);
                kafkaTemplate.send("paid", orderId);
            }
        }
        """,
        {"java-spring", "java-jpa", "transactions", "lost-updates", "money-numbers", "outbox"},
    ),
    "typescript": (
        """
        import { Controller, Get, Param, Req } from '@nestjs/common'
        import { PrismaClient } from "@prisma/client"
        import {
          verify,
        } from 'jsonwebtoken'

        @Controller('invoices')
        export class Invoices {
          @Get(':id')
          async show(@Param('id') id: string, @Req() req: Request) {
            const invoice = await this.prisma.invoice.findUnique({ where: { id } })
            await this.prisma.invoice.update({ where: { id }, data: { seen: true } })
            return invoice
          }
        }
        """,
        {"node-web", "node-orm", "node-promises", "tokens-oauth", "authorisation", "sql-queries", "rest-api"},
    ),
    "javascript": (
        """
        const express = require('express')
        const axios = require("axios")
        const { Pool } = require('pg')

        app.post('/checkout', async (req, res) => {
          const order = await pool.query('SELECT total FROM orders WHERE id = ' + req.body.id)
          await axios.post(process.env.PSP, { amount: order.rows[0].total })
          await pool.query("UPDATE orders SET status = 'paid' WHERE id = $1", [req.body.id])
          res.json({})
        })
        """,
        {"node-web", "node-orm", "node-promises", "http-clients", "injection", "transactions"},
    ),
    "python": (
        """
        from celery import shared_task
        from django.db import transaction
        from shop.models import Order

        @shared_task
        def settle(order_id):
            with transaction.atomic():
                order = Order.objects.get(pk=order_id)
                order.balance -= order.fee
                order.save()
                notify.delay(order.customer.email)
        """,
        {"python-django", "python-celery", "transactions", "lost-updates", "money-numbers", "bad-day"},
    ),
    "sql": (
        """
        CREATE TABLE payments (id serial PRIMARY KEY, order_id int REFERENCES orders (id), amount float);
        ALTER TABLE orders ADD COLUMN paid_at timestamp NOT NULL;
        CREATE INDEX payments_order ON payments (order_id);
        """,
        {"sql-schema", "sql-migrations", "sql-indexes", "money-numbers", "time", "sql-dialects"},
    ),
}


@pytest.mark.parametrize("language", SAMPLES)
def test_code_of_each_language_gets_what_it_calls_for(language: str) -> None:
    code, expected = SAMPLES[language]
    chosen = choose(CHECKLISTS, language, dedent(code))
    assert expected <= {checklist.id for checklist in chosen}
    assert 1_500 <= tokens(chosen) <= BUDGET


def tokens(chosen: tuple[Checklist, ...]) -> int:
    return sum(checklist.tokens for checklist in chosen)


SHOP_FILES = {
    "app/routes/orders.py": {"authorisation", "lost-updates", "transactions", "sql-queries", "python-sqlalchemy"},
    "app/routes/payments.py": {"idempotency", "money-numbers", "http-clients", "transactions", "authorisation"},
    "app/routes/products.py": {"sql-queries", "sql-indexes", "injection", "rest-api"},
    "app/routes/users.py": {"authorisation", "passwords-sessions", "rest-api", "injection"},
    "app/security.py": {"passwords-sessions", "tokens-oauth", "time"},
    "app/models.py": {"sql-schema", "money-numbers", "time", "python-sqlalchemy"},
    "app/schemas.py": {"python-fastapi", "money-numbers"},
    "app/services/cache.py": {"redis", "caching"},
    "app/services/pricing.py": {"money-numbers", "http-clients"},
    "app/services/reports.py": {"connections", "sql-queries", "injection"},
    "app/services/shipping.py": {"http-clients", "python-asyncio"},
    "worker/src/api.ts": {"node-web", "node-promises", "injection", "rest-api"},
    "worker/src/auth.ts": {"tokens-oauth", "node-promises"},
    "worker/src/db.ts": {"node-orm", "connections", "transactions"},
    "worker/src/jobs.ts": {"redis", "lost-updates", "transactions", "http-clients", "money-numbers", "sql-queries"},
}


@pytest.mark.parametrize("name", SHOP_FILES)
def test_usual_backend_file_gets_two_to_four_thousand_tokens(name: str) -> None:
    language = by_path(name)
    assert language is not None
    chosen = choose(CHECKLISTS, language.id, (SHOP / name).read_text(encoding="utf-8"))
    ids = [checklist.id for checklist in chosen]
    assert SHOP_FILES[name] <= set(ids)
    assert 2_000 <= tokens(chosen) <= 4_000
    assert ids == sorted(ids)


def test_choice_does_not_depend_on_the_order_of_the_checklists() -> None:
    code, _ = SAMPLES["java"]
    assert choose(CHECKLISTS, "java", code) == choose(tuple(reversed(CHECKLISTS)), "java", code)


def test_checklists_of_other_languages_are_never_chosen() -> None:
    code = "\n".join(code for code, _ in SAMPLES.values())
    for language in LANGUAGES:
        chosen = choose(CHECKLISTS, language.id, code, budget=1_000_000)
        assert chosen
        assert all(language.id in (checklist.languages or (language.id,)) for checklist in chosen)


@given(st.text(), st.integers(0, 5_000), st.sampled_from([language.id for language in LANGUAGES]))
def test_any_text_has_a_choice_within_the_budget(code: str, budget: int, language: str) -> None:
    chosen = choose(CHECKLISTS, language, code, budget)
    assert tokens(chosen) <= budget
    assert chosen == choose(CHECKLISTS, language, code, budget)


def listed(name: str, weight: int = 1, length: int = 35, **more: tuple[str, ...]) -> Checklist:
    return Checklist(id=name, title=name, text="x" * length, weight=weight, **more)


@pytest.mark.parametrize(
    ("code", "budget", "expected"),
    [
        ("redis", 100, ["b-words", "c-always"]),
        ("import redis", 100, ["a-imports", "b-words", "c-always"]),
        ("nothing", 100, ["c-always"]),
        ("import redis", 25, ["a-imports", "c-always"]),
        ("import redis", 10, ["a-imports"]),
        ("import redis", 9, []),
    ],
)
def test_what_has_most_weight_and_evidence_comes_first(code: str, budget: int, expected: list[str]) -> None:
    lists = [
        listed("c-always", weight=2),
        listed("b-words", words=("Redis",)),
        listed("a-imports", weight=3, imports=("redis",)),
        listed("d-go", weight=5, languages=("go",)),
    ]
    assert [checklist.id for checklist in choose(lists, "python", code, budget)] == expected


def test_one_that_does_not_fit_makes_room_for_smaller_ones() -> None:
    lists = [listed("large", weight=5, length=350), listed("small")]
    assert [checklist.id for checklist in choose(lists, "go", "", budget=50)] == ["small"]


@pytest.mark.parametrize(
    ("language", "code", "name", "expected"),
    [
        ("python", "import redis.asyncio as r", "redis", True),
        ("python", "import redislite", "redis", False),
        ("python", "  from django.db import (migrations, models)", "django.db.migrations", True),
        ("python", "from .redis import client", "redis", True),
        ("python", "text = 'import redis'", "redis", False),
        ("python", "x = 1\r\nimport redis\r\n", "redis", True),
        ("java", "import static java.util.concurrent.TimeUnit.SECONDS;", "java.util.concurrent", True),
        ("java", "important redis;", "redis", False),
        ("go", 'import "github.com/jackc/pgx/v5"', "pgx", True),
        ("go", 'import (\n\tr "github.com/redis/go-redis/v9"\n)\n', "go-redis", True),
        ("go", 'import (\n\t"fmt"\n)\n\nvar x = "database/sql"', "database/sql", False),
        ("typescript", "import { a,\n b } from '@nestjs/common'", "@nestjs/common", True),
        ("typescript", "import 'reflect-metadata'", "reflect-metadata", True),
        ("javascript", 'const fs = require( "node:fs" )', "fs", True),
        ("javascript", "const pg = await import('pg')", "pg", True),
        ("javascript", "export * from `express`", "express", True),
        ("javascript", "const text = 'pg'", "pg", False),
        ("sql", "import redis", "redis", False),
    ],
)
def test_import_is_found_as_the_language_writes_it(language: str, code: str, name: str, *, expected: bool) -> None:
    assert is_imported(name, imports_in(language, code)) is expected


def test_words_are_found_whole_and_in_their_parts() -> None:
    assert {"finduserbyid", "find", "user", "by", "id"} <= words_in("findUserById(1)")
    assert {"unit_price", "unit", "price", "sql", "sqlquery", "query"} <= words_in("unit_price = SQLQuery")
    assert "lock" not in words_in("block clock_")


@pytest.mark.parametrize("language", ["python", "typescript", "go", "java"])
@pytest.mark.parametrize("text", ["A", "Aa", "from ", 'from "', "import (", '"', "import a\n", "x_"])
def test_large_texts_are_read_in_one_pass(text: str, language: str) -> None:
    code = text * (300_000 // len(text))
    assert tokens(choose(CHECKLISTS, language, code)) <= BUDGET


GOOD = """
id: {id}
title: Queries
when:
  languages: [typescript]
  imports: [pg]
  words: [query]
weight: 3
text: |
  What to look for.
"""

WRONG = {
    "no mapping": ("- a\n", "1! A checklist is a mapping of keys to values."),
    "nothing": ("", "1! The file is empty."),
    "two documents": ("id: a\n---\nid: b\n", "3! A second document follows."),
    "not YAML": ("id: a\ntitle: [\n", "3! This is not valid YAML"),
    "a key that is there twice": ("id: a\nid: b\n", "2! The key id is there twice."),
    "an id with capitals": (GOOD.format(id="A b"), "2! The id of a checklist is lower-case words"),
    "an id that leaves the folder": (GOOD.format(id="../a"), "2! The id of a checklist is lower-case words"),
    "no text": (GOOD.format(id="a").split("text")[0], "2! A checklist needs a text as text."),
    "too long": (GOOD.format(id="a") + "  " + "x" * MAX_TEXT, "9! The text of a checklist has more than 7,000"),
    "a weight of six": (GOOD.format(id="a").replace("3", "6"), "8! The weight of a checklist is a whole number from 1"),
    "a weight of true": (GOOD.format(id="a").replace("3", "true"), "8! The weight of a checklist"),
    "an unknown language": (GOOD.format(id="a").replace("typescript", "cobol"), "5! The language cobol is not one"),
    "words in no list": (GOOD.format(id="a").replace("[query]", "query"), "7! The value of when.words is not a list"),
    "no conditions in when": (GOOD.format(id="a").replace("when:", "when: always\nmore:"), "4! The value of when is"),
}


@pytest.mark.parametrize("name", WRONG)
def test_bad_file_costs_itself_and_is_told_with_its_line(name: str, tmp_path: Path) -> None:
    text, expected = WRONG[name]
    (tmp_path / "a-good.yaml").write_text(GOOD.format(id="good"), encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    checklists, problems = load(tmp_path)
    assert [checklist.id for checklist in checklists] == ["good"]
    told = [f"{problem.line}{'!' if problem.fatal else ''} {problem.message}" for problem in problems]
    assert any(message.startswith(expected) for message in told), told
    assert {str(tmp_path / "bad.yaml")} == {problem.path for problem in problems}


def test_unknown_key_is_told_and_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD.format(id="a").replace("weight", "color: red\nweight"), encoding="utf-8")
    checklists, problems = load(tmp_path)
    assert [(problem.line, problem.fatal) for problem in problems] == [(8, False)]
    assert checklists[0].languages == ("typescript", "tsx")
    assert (checklists[0].imports, checklists[0].words) == (("pg",), ("query",))


def test_second_file_of_an_id_is_left_out(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(GOOD.format(id="same"), encoding="utf-8")
    checklists, problems = load(tmp_path)
    assert len(checklists) == 1
    assert [(str(tmp_path / "b.yaml"), 2, True)] == [
        (problem.path, problem.line, problem.fatal) for problem in problems
    ]


def test_file_of_other_bytes_is_told_and_other_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"id: a\ntitle: \xff\n")
    (tmp_path / "notes.md").write_text("none of ours", encoding="utf-8")
    (tmp_path / "folder.yaml").mkdir()
    checklists, problems = load(tmp_path)
    assert checklists == ()
    assert [Path(problem.path).name for problem in problems] == ["a.yaml", "folder.yaml"]
    assert problems[0].line == 2


def test_missing_folder_has_no_checklists_and_no_problems(tmp_path: Path) -> None:
    assert load(tmp_path / "none") == ((), ())
