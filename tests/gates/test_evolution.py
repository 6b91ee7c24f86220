import pytest

from synth.gates.evolution import EvolutionGate
from synth.protocols import View
from synth.records import Draft, Lineage, Opinion, Sample, Verdict


def judge(
    parent: str,
    instruction: str,
    *,
    inputs: tuple[str, str] = ("", ""),
    operator: str = "deepen",
    depth: int = 1,
    task: str = "",
    opinion: Opinion | None = None,
) -> Verdict:
    draft = Draft(
        instruction,
        inputs[1],
        "en",
        task=task,
        lineage=Lineage(round=1, operator=operator, depth=depth),
        opinion=opinion,
    )
    return EvolutionGate().judge(draft, View(parents=(Sample(parent, inputs[0], "…", "en"),)))


@pytest.mark.parametrize(
    ("parent", "instruction", "rule"),
    [
        ("Explain how a sundial works.", "Please explain, how a sundial works!", "same"),
        ("Write a short story about a clockmaker.", "Compose a brief tale about a clockmaker.", "same"),
        (
            "Describe the causes and the effects of the war.",
            "Describe the effects and the causes of the war.",
            "reordered",
        ),
        ("Compare wind and solar power by cost.", "Compare wind power by cost.", "shortened"),
        ("解释日晷的工作原理。", "请您解释一下日晷的工作原理！", "same"),
        ("描述法国大革命的原因和影响。", "描述法国大革命的影响和原因。", "reordered"),
        ("从成本和占地比较太阳能和风能。", "比较太阳能和风能。", "shortened"),
    ],
)
def test_a_rewrite_that_says_no_more_than_its_parent_is_rejected(parent: str, instruction: str, rule: str) -> None:
    verdict = judge(parent, instruction)
    assert (verdict.passed, verdict.rule) == (False, rule)
    assert parent in verdict.evidence
    assert verdict.neighbour == Sample(parent, "", "…", "en").id


@pytest.mark.parametrize(
    ("parent", "instruction"),
    [
        ("Describe a sunset.", "Describe a sunset without naming any colour."),
        ("Write a poem about an animal.", "Write a poem about a hummingbird."),
        ("描写一次日落。", "描写一次日落，不许出现颜色词。"),
        ("写一首关于动物的诗。", "写一首关于蜂鸟的诗。"),
    ],
)
def test_a_constraint_or_a_concrete_word_is_a_gain(parent: str, instruction: str) -> None:
    assert judge(parent, instruction).passed


def test_one_word_swapped_in_a_long_instruction_is_no_gain() -> None:
    parent = (
        "Plan a week of vegetarian dinners for two adults and one toddler on a budget of sixty dollars without nuts"
    )
    verdict = judge(parent, parent.replace("sixty", "seventy"))
    assert verdict.rule == "barely-changed"
    assert verdict.score is not None
    assert verdict.threshold is not None
    assert verdict.score >= verdict.threshold
    assert "seventy" in verdict.evidence


def test_an_input_that_is_lost_but_still_spoken_of_rejects() -> None:
    rewritten = "Summarize the following passage and name its main claim."
    assert judge("Summarize the passage.", rewritten, inputs=("Rivers carry sediment.", "")).rule == "lost-input"
    assert judge("Summarize the passage.", rewritten, inputs=("Rivers carry sediment.",) * 2).passed


def test_a_harder_input_alone_is_a_gain() -> None:
    assert judge(
        "Compute the mean.", "Compute the mean.", inputs=("3, 5", "3, 5, -7e2"), operator="complicate_input"
    ).passed


def test_growth_past_sense_rejects_unless_the_input_was_to_grow() -> None:
    grown = "Plan a party. " + "Consider the guests, the food, the music, the games and the cost of each of them. " * 20
    assert judge("Plan a party.", grown).rule == "overgrown"
    assert judge("Plan a party.", grown, operator="complicate_input").passed


def test_the_judge_s_opinion_is_read_as_the_boolean_it_is() -> None:
    better = "Explain how a sundial works, and why it tilts with the latitude."
    refused = judge("Explain how a sundial works.", better, opinion=Opinion(gained=False, reason="same depth"))
    assert (refused.rule, refused.evidence) == ("judge", "the judge: same depth")
    praised = Opinion(gained=True, reason="not equal: the second one is not the same, it asks for more")
    assert judge("Explain how a sundial works.", better, opinion=praised).passed


def test_a_drafts_without_a_parent_of_its_own_is_not_judged() -> None:
    assert judge("Explain how a sundial works.", "Explain how a sundial works.", operator="bootstrap", depth=0).passed


def test_instances_of_a_fitting_task_differ_by_their_input() -> None:
    assert judge("Fill in the form.", "Fill in the form.", inputs=("Anna, 31", "Bert, 29"), task="form").passed
    assert judge("Fill in the form.", "Fill in the form.", inputs=("Anna, 31", "Anna, 31"), task="form").rule == "same"


@pytest.mark.parametrize(
    ("parent", "instruction"),
    [
        ("Explain how a sundial works.", "You are a helpful assistant. Carefully explain how a sundial works."),
        ("Explain how a sundial works.", "Improve the following prompt: Explain how a sundial works."),
        ("Explain how a sundial works.", "Explain how a sundial works. I would be very grateful!"),
        ("解释日晷的工作原理。", "你是一位专家，请准确、生动地解释日晷的工作原理。"),
    ],
)
def test_words_around_a_task_are_no_gain(parent: str, instruction: str) -> None:
    assert not judge(parent, instruction).passed


@pytest.mark.parametrize(
    ("parent", "instruction"),
    [
        ("What is the capital of Norway?", "The capital of Norway is Oslo."),
        ("Write a function that adds two numbers.", "def add(a, b):\n    return a + b"),
        ("挪威的首都是哪里？", "挪威的首都是奥斯陆。"),
    ],
)
def test_a_rewrite_that_answers_its_parent_is_rejected(parent: str, instruction: str) -> None:
    assert judge(parent, instruction).rule == "answered"


def test_a_statement_that_leads_to_a_question_is_no_answer() -> None:
    parent = "What is the boiling point of water?"
    assert judge(parent, "The boiling point of water is lower on Everest. By how much, and why?").passed


@pytest.mark.parametrize(
    ("parent", "instruction"),
    [
        ("Explain gravity.", "Provide a clear, detailed and informative explanation of gravity."),
        ("Explain gravity.", "Take your time, and make sure that the information about gravity is accurate."),
        ("Turn these notes into an email.", "You will be given notes. Your job is to turn these notes into an email."),
        ("Write a limerick.", "Write a limerick. A limerick is a poem of five lines that rhyme."),
        ("Find the factors of 84.", "Find the factors of 84. In other words, find numbers that divide 84."),
        ("Explain gravity.", "Gravity is a fascinating concept. Explain gravity."),
        ("解释重力。", "请以清晰、详细的方式解释重力，确保内容准确无误。"),
        ("写一首七言绝句。", "写一首七言绝句。七言绝句是一种古典诗体，每首四句。"),
        ("计算12和18的最大公约数。", "请计算12和18的最大公约数，也就是能同时整除12和18的最大的数。"),
        ("提取日期。", "请认真提取所有的日期，不要遗漏。"),
    ],
)
def test_filler_and_remarks_are_no_gain(parent: str, instruction: str) -> None:
    assert not judge(parent, instruction).passed


@pytest.mark.parametrize(
    ("parent", "instruction"),
    [
        ("Explain gravity.", "Explain gravity for a child."),
        ("Explain gravity.", "Explain gravity step by step."),
        ("Find the bug.", "Find the bug and explain it."),
        ("Explain paper.", "How is paper made?"),
        ("Write a poem.", "Write a love poem."),
        ("Write a letter.", "Write a cover letter."),
        ("Write a story about a dog.", "Write a story about a dog. My dog is a beagle."),
        ("List three cats, each in a sentence.", "List three cats, each in three sentences."),
        ("写一封信。", "写一封感谢信。"),
        ("给老人写今年的师生聚会通知。", "给老人写今年的师生聚会通知，老师先到。"),
        ("什么是豆腐？", "豆腐是怎么制作的？"),
        ("介绍维生素C。", "介绍维生素C的作用。"),
    ],
)
def test_one_real_word_is_a_gain_even_where_its_parts_are_filler(parent: str, instruction: str) -> None:
    assert judge(parent, instruction).passed
