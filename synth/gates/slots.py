"""Slots: what stays in a text when a template is not filled in, ``{topic}``, ``{{槽}}`` or ``[product]``.

Two gates look for them. In an instruction, a slot in braces is the scaffolding of a prompt (the leak gate); anywhere,
a slot or a filler ("[insert text]") is a draft that nobody finished (the shape gate).
"""

from __future__ import annotations

import re

BRACED_SLOT = re.compile(
    r"\{\{\s*[A-Za-z_][\w ]{0,30}\s*\}\}|(?<![\\$\w{])\{[A-Za-z_]{2,30}\}(?!\})"
    r"|\{\{?\s*(?-i:[\u4e00-\u9fff]{1,8})\s*\}\}?",  # no case: re would look for it in each of the range for 4 ms
    re.IGNORECASE,
)
SLOT = re.compile(
    BRACED_SLOT.pattern
    + r"|\[(?:topic|name|text|date|product|company(?: name)?|city|country|person|subject|article|passage"
    r"|paragraph|sentence|input|language|number|title|keyword)\](?!\()"
    r"|[\[【](?:文本|姓名|名字|主题|日期|产品|公司名?称?|城市|国家|人物|文章|段落|句子|输入|语言|数字"
    r"|标题|关键词|题目|内容)[\]】]",
    re.IGNORECASE,
)
# A task that makes, fills or explains a template, or is code, may hold slots.
ABOUT_SLOTS = re.compile(
    r"template|placeholder|variable|f-string|format(?:ted)? string|string format|interpolat|jinja|handlebars|mustache"
    r"|fill[- ]in|fill (?:out|in)|blank|mad ?lib|bracket|brace|slot|regex|regular expression|latex"
    r"|markdown|markup|syntax"
    r"|\bcode\b|program|function|python|javascript|typescript|\bjava\b|html|xml|\bcss\b|react|\bvue\b"
    r"|\bsql\b|\bapi\b|\burl\b|\bendpoint"
    r"|route|json|yaml|`|\(\)|=>|模板|模版|占位|变量|填空|花括号|方括号|大括号|格式化|代码|函数|字段"
    r"|接口|正则|句式|框架|集合|\bsets?\b",
    re.IGNORECASE,
)


def is_quoted(text: str, at: int) -> bool:
    """Whether ``at`` lies within quotes: there a slot is cited (end with “日期：[日期]”), not left over."""
    before = text[:at]
    return before.count("“") > before.count("”") or before.count('"') % 2 == 1


def is_cited(text: str, at: int) -> bool:
    """Whether ``at`` lies within quotes or after a colon: the text is then about what holds the slot."""
    return is_quoted(text, at) or ":" in text[:at] or "：" in text[:at]
