"""What the user alone decides: their file, their environment, their folders, and the table in the README."""

from __future__ import annotations

import os
import textwrap
from decimal import Decimal
from pathlib import Path

import pytest
from oldhand import settings
from oldhand.claude import configuration
from oldhand.claude.configuration import UserConfiguration, load, table
from oldhand.claude.cost import Price
from oldhand.claude.credentials import has_credentials
from oldhand.claude.folders import cache_folder, config_folder, covers, make, make_private, state_folder
from oldhand.claude.user_values import PROVIDERS

README = Path(__file__).parent.parent / "README.md"
OPENING = "<!-- user settings: made by pytest tests/test_claude_configuration.py --update-cases -->\n"
CLOSING = "<!-- /user settings -->"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.yaml"


def test_nothing_said_is_the_defaults(path: Path) -> None:
    assert load({}, path) == (UserConfiguration(), ())


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "model:\nprices:\n"])
def test_a_file_that_says_nothing_is_the_defaults(path: Path, text: str) -> None:
    path.write_text(text)
    assert load({}, path) == (UserConfiguration(), ())


def test_a_whole_file(path: Path, tmp_path: Path) -> None:
    text = f"""
        provider: foundry
        base-url: https://gateway.example/anthropic/v1/
        api-key-header: true
        model: opus
        verify-model: haiku
        allowed-models: [sonnet, claude-opus-5, sonnet]
        prices:
          haiku: {{input: 0.1, output: 0.5}}
          llama: {{input: 0, output: 0, cache-read: 0, cache-write: 0}}
        budget-day: 12.50
        budget-review: 1
        ask-above: "$0.10"
        on-save: always
        verify: off
        hover-review: background
        trusted-folders:
          - {tmp_path.as_posix()}
          - ~/work
        trust: all
        max-concurrency: 2
        """
    path.write_text(textwrap.dedent(text))
    dime = Decimal("0.1")
    assert load({}, path) == (
        UserConfiguration(
            provider="foundry",
            base_url="https://gateway.example/anthropic",
            api_key_header=True,
            model="opus",
            verify_model="haiku",
            allowed_models=("claude-sonnet-5-5", "claude-opus-5"),
            prices={
                "claude-haiku-5-5": Price(dime, Decimal("0.5"), dime, Decimal("0.125")),
                "llama": Price(Decimal(0), Decimal(0), Decimal(0), Decimal(0)),
            },
            budget_day=Decimal("12.50"),
            budget_review=Decimal(1),
            ask_above=Decimal("0.10"),
            on_save="always",
            verify="off",
            hover_review="background",
            trusted_folders=(str(tmp_path), str(Path("~/work").expanduser())),
            trust_all=True,
            max_concurrency=2,
        ),
        (),
    )


def test_the_environment_counts_above_the_file(path: Path, tmp_path: Path) -> None:
    path.write_text("model: opus\nbudget-day: 9\nverify-model: haiku\nbase-url: https://file.example\n")
    one, other = tmp_path / "one", tmp_path / "other"
    environ = {
        "OLDHAND_MODEL": "fable",
        "OLDHAND_VERIFY_MODEL": "",
        "OLDHAND_BUDGET_DAY": "1.5",
        "OLDHAND_BUDGET_REVIEW": "0.2",
        "OLDHAND_ON_SAVE": "never",
        "OLDHAND_TRUSTED_FOLDERS": os.pathsep.join([str(one), "", str(other)]),
        "OLDHAND_TRUST": "all",
        "ANTHROPIC_BASE_URL": "http://localhost:8080/v1",
    }
    expected = UserConfiguration(
        model="fable",
        verify_model="haiku",
        budget_day=Decimal("1.5"),
        budget_review=Decimal("0.2"),
        on_save="never",
        trusted_folders=(str(one), str(other)),
        trust_all=True,
        base_url="http://localhost:8080",
    )
    assert load(environ, path) == (expected, ())


def test_the_address_of_anthropic_is_not_that_of_another_provider(path: Path) -> None:
    environ = {"OLDHAND_PROVIDER": "bedrock", "ANTHROPIC_BASE_URL": "https://gateway.example"}
    assert load(environ, path) == (UserConfiguration(provider="bedrock"), ())


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("https://a.example", "https://a.example"),
        ("https://a.example///", "https://a.example"),
        ("https://a.example/v1", "https://a.example"),
        ("https://a.example/v1/", "https://a.example"),
        ("https://a.example/x/v1", "https://a.example/x"),
        ("https://a.example/apiv1", "https://a.example/apiv1"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:11434/v1", "http://[::1]:11434"),
        ("http://localhost:11434/", "http://localhost:11434"),
        ("   ", ""),
    ],
)
def test_a_url_loses_what_the_sdk_adds(path: Path, url: str, read: str) -> None:
    path.write_text(f"base-url: '{url}'\n")
    assert load({}, path) == (UserConfiguration(base_url=read), ())


@pytest.mark.parametrize(
    "url",
    [
        "http://gateway.example",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://localhost@evil.example",
        "https://user:word@a.example",
        "https://a.example/?x=1",
        "https://a.example/#x",
        "ftp://a.example",
        "a.example",
        "https://",
        "https://a.example:99999999",
        "https://[::1",
        "https://a b.example",
        "https://a.example\\r\\nx",
        "7",
    ],
)
def test_a_url_that_can_not_be_meant_blocks_everything_and_is_not_repeated(path: Path, url: str) -> None:
    path.write_text(f'\nbase-url: "{url}"\n')
    found, problems = load({}, path)
    assert [(problem.line, problem.fatal) for problem in problems] == [(2, True)]
    assert found.base_url == ""
    assert found.blocked == str(problems[0])
    assert "Nothing is sent" in found.blocked
    assert "example" not in found.blocked


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("provider: azure\n", 1, "not one of anthropic, bedrock"),
        ("budget-day: much\n", 1, "not an amount of dollars"),
        ("budget-day: -1\n", 1, "not an amount of dollars"),
        ("budget-day: 0,50\n", 1, "not an amount of dollars"),
        ("budget-day: nan\n", 1, "not an amount of dollars"),
        ("budget-review: true\n", 1, "not an amount of dollars"),
        ("ask-above: 1e9\n", 1, "not an amount of dollars"),
        ("allowed-models: [3]\n", 1, "not a list of names of models"),
        ("on-save: maybe\n", 1, "not one of ask, always, never"),
        ("hover-review: on\n", 1, "not one of off, link, background"),
        ("- a\n", 1, "not a mapping"),
        ("model: [\n", 2, "not valid YAML"),
        ("model: a\nmodel: b\n", 2, "there twice"),
    ],
)
def test_what_could_send_elsewhere_or_cost_more_blocks_everything(path: Path, text: str, line: int, part: str) -> None:
    path.write_text(text)
    found, problems = load({}, path)
    assert [(problem.path, problem.line, problem.fatal) for problem in problems] == [(str(path), line, True)]
    assert part in problems[0].message
    assert found == UserConfiguration(blocked=str(problems[0]))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("model: 7\n", "not the name of a model"),
        ("model: 'a b'\n", "not the name of a model"),
        ("verify: sometimes\n", "not one of off, on-request, always"),
        ("api-key-header: please\n", "not true or false"),
        ("max-concurrency: 0\n", "whole number from 1 to 64"),
        ("max-concurrency: true\n", "whole number from 1 to 64"),
        ("trusted-folders: [relative/path]\n", "not an absolute path"),
        ("trusted-folders: [7]\n", "not a list of folders"),
        ("trust: everything\n", "not one of ask, all"),
        ("prices: 3\n", "not a mapping of models"),
        ("prices: {opus: 3}\n", "no mapping of prices for `opus`"),
        ("prices: {opus: {input: 3}}\n", "needs `input` and `output` for `opus`"),
        ("prices: {opus: {input: 3, output: 1, cached: 1}}\n", "besides only"),
        ("prices: {opus: {input: 3, output: x}}\n", "has a price for `opus`"),
        ("modle: opus\n", "did you mean `model`?"),
        ("budget_day: 3\n", "did you mean `budget-day`?"),
        ("colour: red\n", "`colour` is not a setting."),
    ],
)
def test_anything_else_keeps_its_default_and_is_told(path: Path, text: str, part: str) -> None:
    path.write_text("\n" + text + "on-save: never\n")
    found, problems = load({}, path)
    assert [(problem.path, problem.line, problem.fatal) for problem in problems] == [(str(path), 2, False)]
    assert part in problems[0].message
    assert found == UserConfiguration(on_save="never")


def test_a_bad_variable_is_told_by_its_name_and_the_file_does_not_step_in(path: Path) -> None:
    path.write_text("budget-day: 2\n")
    found, problems = load({"OLDHAND_BUDGET_DAY": "lots"}, path)
    assert [str(problem).partition(" is")[0] for problem in problems] == ["`OLDHAND_BUDGET_DAY`"]
    assert found.blocked


def test_a_good_variable_stands_in_for_a_bad_file(path: Path) -> None:
    path.write_text("budget-day: lots\n")
    assert load({"OLDHAND_BUDGET_DAY": "2"}, path) == (UserConfiguration(budget_day=Decimal(2)), ())


def test_a_variable_that_looks_like_a_slip_is_told_and_others_are_not(path: Path) -> None:
    _, problems = load({"OLDHAND_BUDGT_DAY": "1", "OLDHAND_SOMETHING": "x", "HOME": "/"}, path)
    assert [problem.message for problem in problems] == [
        "`OLDHAND_BUDGT_DAY` in the environment is not a setting; did you mean `OLDHAND_BUDGET_DAY`?"
    ]


@pytest.mark.parametrize("folder", ["OLDHAND_CONFIG_DIR", "OLDHAND_STATE_DIR", "OLDHAND_CACHE_DIR"])
def test_the_variables_for_folders_are_no_slips(path: Path, folder: str) -> None:
    assert load({folder: "x"}, path) == (UserConfiguration(), ())


def test_a_file_that_can_not_be_read_blocks_everything(path: Path) -> None:
    path.mkdir()
    found, problems = load({}, path)
    assert [problem.fatal for problem in problems] == [True]
    assert found.blocked


def test_a_file_that_is_not_utf8_blocks_everything(path: Path) -> None:
    path.write_bytes(b"model: \xff\n")
    assert load({}, path)[0].blocked


@pytest.mark.parametrize(
    ("allowed", "suggested", "model"),
    [
        ((), "opus", "claude-opus-5-5"),
        ((), "inherit", "claude-haiku-5-5"),
        (("claude-opus-5-5",), "opus", "claude-opus-5-5"),
        (("claude-opus-5-5",), "fable", "claude-haiku-5-5"),
        (("claude-opus-5-5",), "", "claude-haiku-5-5"),
    ],
)
def test_a_persona_suggests_its_model_within_what_is_allowed(
    allowed: tuple[str, ...], suggested: str, model: str
) -> None:
    assert UserConfiguration(model="haiku", allowed_models=allowed).model_for(suggested) == model


def test_trusting_a_folder_covers_what_lies_below_it_and_nothing_beside_it(tmp_path: Path) -> None:
    trusting = UserConfiguration(trusted_folders=(str(tmp_path / "a"),))
    assert trusting.trusts(tmp_path / "a")
    assert trusting.trusts(tmp_path / "a" / "b" / "c")
    assert not trusting.trusts(tmp_path)
    assert not trusting.trusts(tmp_path / "ab")
    assert not trusting.trusts(tmp_path / "a" / ".." / "b")
    assert not UserConfiguration().trusts(tmp_path)
    assert UserConfiguration(trust_all=True).trusts(tmp_path)


def test_a_link_out_of_a_trusted_folder_leads_out(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "link").symlink_to(tmp_path / "b", target_is_directory=True)
    assert not covers(tmp_path / "a", tmp_path / "a" / "link")
    assert covers(tmp_path / "a" / "link", tmp_path / "b" / "deep")


def test_the_users_folders_are_where_the_environment_says(tmp_path: Path) -> None:
    environ = {f"OLDHAND_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "STATE", "CACHE")}
    assert config_folder(environ) == tmp_path / "CONFIG"
    assert state_folder(environ) == tmp_path / "STATE"
    assert cache_folder(environ) == tmp_path / "CACHE"


@pytest.mark.parametrize("folder", [config_folder, state_folder, cache_folder])
def test_a_relative_folder_does_not_count(folder: object) -> None:
    assert callable(folder)
    environ = {f"OLDHAND_{kind}_DIR": "here" for kind in ("CONFIG", "STATE", "CACHE")}
    assert folder(environ) == folder({})
    assert folder({}).is_absolute()
    assert "oldhand" in folder({}).parts


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_folders_and_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    make(tmp_path / "x" / "y")
    make_private(tmp_path / "x" / "y" / "file")
    assert (tmp_path / "x" / "y").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "x" / "y" / "file").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("provider", "variables", "found"),
    [
        ("anthropic", "", False),
        ("anthropic", "ANTHROPIC_API_KEY", True),
        ("anthropic", "ANTHROPIC_AUTH_TOKEN", True),
        ("anthropic", "ANTHROPIC_PROFILE", True),
        ("anthropic", "ANTHROPIC_BASE_URL", False),
        ("anthropic", "ANTHROPIC_IDENTITY_TOKEN ANTHROPIC_FEDERATION_RULE_ID", False),
        ("anthropic", "ANTHROPIC_IDENTITY_TOKEN ANTHROPIC_FEDERATION_RULE_ID ANTHROPIC_ORGANIZATION_ID", True),
        ("anthropic", "ANTHROPIC_IDENTITY_TOKEN_FILE ANTHROPIC_FEDERATION_RULE_ID ANTHROPIC_ORGANIZATION_ID", True),
        ("anthropic", "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY", False),
        ("bedrock", "ANTHROPIC_API_KEY", False),
        ("bedrock", "AWS_BEARER_TOKEN_BEDROCK", True),
        ("bedrock", "AWS_ACCESS_KEY_ID", False),
        ("bedrock", "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY", True),
        ("bedrock-mantle", "AWS_PROFILE", True),
        ("aws", "ANTHROPIC_AWS_API_KEY", True),
        ("aws", "AWS_BEARER_TOKEN_BEDROCK", False),
        ("foundry", "ANTHROPIC_FOUNDRY_API_KEY", True),
        ("foundry", "ANTHROPIC_API_KEY", False),
        ("vertex", "CLOUD_ML_REGION", False),
        ("vertex", "CLOUD_ML_REGION ANTHROPIC_VERTEX_PROJECT_ID", True),
        ("vertex", "CLOUD_ML_REGION GOOGLE_APPLICATION_CREDENTIALS", True),
        ("google-cloud", "GOOGLE_CLOUD_PROJECT", True),
        ("google-cloud", "", False),
        ("elsewhere", "ANTHROPIC_API_KEY", False),
    ],
)
def test_credentials_in_the_environment(tmp_path: Path, provider: str, variables: str, found: bool) -> None:
    environ = dict.fromkeys(variables.split(), "set")
    assert has_credentials(environ, provider, tmp_path) is found


def test_an_empty_variable_is_no_credential(tmp_path: Path) -> None:
    assert not has_credentials({"ANTHROPIC_API_KEY": ""}, home=tmp_path)


@pytest.mark.parametrize(
    ("provider", "file"),
    [
        ("bedrock", ".aws/credentials"),
        ("aws", ".aws/config"),
        ("google-cloud", ".config/gcloud/application_default_credentials.json"),
        ("anthropic", ".config/anthropic/configs/default.json"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="Windows has other folders")
def test_credentials_in_a_file(tmp_path: Path, provider: str, file: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text("{}")
    assert has_credentials({}, provider, tmp_path)


@pytest.mark.parametrize(
    ("active", "found"), [("", True), ("work\n", True), ("gone", False), ("../configs/work", False)]
)
def test_the_active_profile_is_the_one_that_counts(tmp_path: Path, active: str, found: bool) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "work.json").touch()
    (tmp_path / "configs" / "default.json").touch()
    (tmp_path / "active_config").write_text(active)
    assert has_credentials({"ANTHROPIC_CONFIG_DIR": str(tmp_path)}, home=tmp_path) is found


def test_every_provider_can_have_credentials(tmp_path: Path) -> None:
    everything = dict.fromkeys(
        """ANTHROPIC_API_KEY AWS_PROFILE ANTHROPIC_FOUNDRY_API_KEY CLOUD_ML_REGION ANTHROPIC_VERTEX_PROJECT_ID
        GOOGLE_CLOUD_PROJECT""".split(),
        "set",
    )
    assert [has_credentials(everything, provider, tmp_path) for provider in PROVIDERS] == [True] * len(PROVIDERS)


def test_every_decision_has_its_row_in_the_table() -> None:
    assert {row.field for row in configuration.SETTINGS} == set(UserConfiguration.__slots__) - {"blocked"}


@pytest.mark.parametrize("row", configuration.SETTINGS, ids=lambda row: row.name)
def test_neither_a_repository_nor_an_editor_decides_any_of_it(row: configuration.Setting) -> None:
    _, in_file = settings.load(f"{row.name}: x\n", "f")
    _, in_editor = settings.from_editor({row.name: "x"})
    assert ["user's own" in problem.message for problem in (*in_file, *in_editor)] == [True, True]


def test_the_table_in_the_readme_is_up_to_date(update_cases: bool) -> None:
    text = README.read_text(encoding="utf-8")
    before, opening, rest = text.partition(OPENING)
    _, closing, after = rest.partition(CLOSING)
    assert opening, f"README.md has no {OPENING}"
    assert closing, f"README.md has no {CLOSING}"
    expected = before + opening + table() + closing + after
    if update_cases:
        README.write_text(expected, encoding="utf-8")
    assert expected == text
