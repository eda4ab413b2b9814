"""`zhendao-gateway`: one registry of sub-commands; only the chosen one is imported."""

from zhendao.command.parser import Command, Parser, Program, lazy
from zhendao.command.run import run
from zhendao.gateway.accesses import command_line as accesses
from zhendao.gateway.alerts import command_line as alerts
from zhendao.gateway.api import command_line as api
from zhendao.gateway.blocklist import command_line as blocklist
from zhendao.gateway.cases import command_line as cases
from zhendao.gateway.enrolment import command_line as enrolment
from zhendao.gateway.evidence import command_line as evidence
from zhendao.gateway.formats import command_line as formats
from zhendao.gateway.forward import command_line as forward
from zhendao.gateway.judging import command_line as judging
from zhendao.gateway.keys import command_line as keys
from zhendao.gateway.meals import command_line as meals
from zhendao.gateway.persons import command_line as persons
from zhendao.gateway.registry import command_line as registry
from zhendao.gateway.reminders import command_line as reminders
from zhendao.gateway.reports import command_line as reports
from zhendao.gateway.reports.schedule import command_line as schedule
from zhendao.gateway.retention import command_line as retention
from zhendao.gateway.surveys import command_line as surveys
from zhendao.gateway.tokens import command_line as cards
from zhendao.gateway.visits import command_line as visits
from zhendao.protocol.wording import Text, same


def _config_argument(parser: Parser) -> None:
    parser.option("--config", text=Text("设置文件（TOML）", "settings file (TOML)"), required=True, metavar="FILE")


PROGRAM = Program(
    "zhendao-gateway",
    Text(
        "网关：核验终端的事实，得出上门记录，并送往平台。",
        "The gateway: verifies what terminals witnessed, concludes visits, and feeds the platform.",
    ),
    (
        Command(
            "run",
            Text(
                "运行网关，直到收到 SIGTERM。设置文件须有 data_dir、[store] url、[broker] url、[http] listen。",
                "Run the gateway until SIGTERM. The settings file needs data_dir, [store] url, [broker] url "
                "and [http] listen.",
            ),
            _config_argument,
            lazy("zhendao.gateway.running:run_command"),
            same("zhendao-gateway run --config /etc/zhendao/gateway.toml"),
        ),
        *registry.COMMANDS,
        *enrolment.COMMANDS,
        *blocklist.COMMANDS,
        *api.COMMANDS,
        *forward.COMMANDS,
        *formats.COMMANDS,
        *visits.COMMANDS,
        *judging.COMMANDS,
        *surveys.COMMANDS,
        *cards.COMMANDS,
        *alerts.COMMANDS,
        *cases.COMMANDS,
        *reports.COMMANDS,
        *schedule.COMMANDS,
        *meals.COMMANDS,
        *reminders.COMMANDS,
        *evidence.COMMANDS,
        *accesses.COMMANDS,
        *retention.COMMANDS,
        *persons.COMMANDS,
        *keys.COMMANDS,
    ),
    Text(
        "zhendao-gateway registry load 登记/ --config gateway.toml\n"
        "zhendao-gateway token new --role viewer --label 街道大屏 --config gateway.toml\n"
        "zhendao-gateway run --config gateway.toml",
        "zhendao-gateway registry load registry/ --config gateway.toml\n"
        "zhendao-gateway token new --role viewer --label 'the office' --config gateway.toml\n"
        "zhendao-gateway run --config gateway.toml",
    ),
)


def main() -> int:
    """Enter here from the command line."""
    return run(PROGRAM)
