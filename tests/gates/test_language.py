import pytest

from synth.gates.language import LanguageGate
from synth.protocols import View
from synth.records import Draft, Verdict


def judge(language: str, instruction: str, output: str | None = None, material: str = "") -> Verdict:
    return LanguageGate().judge(Draft(instruction, material, language, output=output), View())


def test_the_instruction_is_in_the_declared_language() -> None:
    verdict = judge("zh", "Explain why leaves change colour in autumn.")
    assert verdict.rule == "instruction-language"
    assert "instruction is en, declared zh: 0% Han or Kana, 100% Latin words" in verdict.evidence
    assert judge("en", "请解释为什么秋天树叶会变色。").rule == "instruction-language"


def test_an_answer_in_a_language_that_nothing_called_for_is_rejected() -> None:
    english = "The erhu is a two-stringed bowed instrument that sounds like a voice."
    assert judge("zh", "介绍一种乐器。", english).rule == "output-language"
    assert judge("en", "Describe an instrument.", "二胡是中国传统的拉弦乐器，声音接近人声。").rule == "output-language"


@pytest.mark.parametrize(
    ("language", "instruction", "output"),
    [
        ("zh", "解释RESTful API中GET和POST的区别。", "GET用于获取资源，POST用于提交数据，更适合create操作。"),
        ("zh", "把“今天天气真好”翻译成英文。", "The weather is really nice today, is it not?"),
        ("zh", "用Python写一个函数，判断质数。", "def is_prime(n):\n    return all(n % d for d in range(2, n))"),
        ("zh", "说出三位科学家。", "Donald Knuth, Edsger Dijkstra, Barbara Liskov"),
        ("zh", "计算128乘以7。", "896"),
        ("zh", "用JSON返回订单，键用英文。", '{"item": "black tea with milk and sugar", "quantity": 2}'),
        ("en", "What does 塞翁失马 mean?", "A loss may turn out to be a blessing."),
        ("en", "I do what I want to do. Is that a sentence?", "I think I do so too."),
    ],
)
def test_terms_translations_code_names_and_figures_are_at_home_in_any_language(
    language: str, instruction: str, output: str
) -> None:
    assert judge(language, instruction, output).passed


def test_an_answer_may_be_in_the_language_of_the_input() -> None:
    assert judge("en", "Correct the mistake.", "他昨天去图书馆看书了。", material="他昨天去了在图书馆看书。").passed
