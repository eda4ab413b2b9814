"""What argparse says about wrong use, in both languages.

A sentence of argparse that is not in the table keeps its English words in both: never lost, at worst untranslated.
"""

import re

from zhendao.protocol.wording import Text

_SENTENCES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), chinese)
    for pattern, chinese in (
        (r"the following arguments are required: (.+)", r"缺少参数：\1"),
        (r"unrecognized arguments: (.+)", r"不认识的参数：\1"),
        (r"argument (.+): invalid choice: (.+) \(choose from (.+)\)", r"参数 \1：不能是 \2（可选 \3）"),
        (r"argument (.+): expected one argument", r"参数 \1：后面要有一个值"),
        (r"argument (.+): expected at least one argument", r"参数 \1：后面至少要有一个值"),
        (r"argument (.+): invalid (\w+) value: (.+)", r"参数 \1：\3 不是有效的 \2"),
        (r"argument (.+): not allowed with argument (.+)", r"参数 \1 不能与 \2 同用"),
        (r"one of the arguments (.+) is required", r"以下参数要有一个：\1"),
        (r"argument (.+): (.+): not (\S+) hexadecimal digits", r"参数 \1：\2 不是 \3 位十六进制数"),
        (r"argument (.+): ('.*'): (.+)", r"参数 \1：不能是 \2，须为 \3"),
        (r"argument (.+): ignored explicit argument (.+)", r"参数 \1：不带值（给了 \2）"),
    )
)


def translate(message: str) -> Text:
    """Return argparse's ``message`` with its Chinese counterpart."""
    for pattern, chinese in _SENTENCES:
        found = pattern.fullmatch(message)
        if found:
            return Text(found.expand(chinese), message)
    return Text(message, message)
