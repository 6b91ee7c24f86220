import pytest

from synth.gates.leak import LeakGate
from synth.protocols import View
from synth.records import Draft, Verdict


def judge(instruction: str, output: str | None = None, material: str = "", gate: LeakGate | None = None) -> Verdict:
    return (gate or LeakGate()).judge(Draft(instruction, material, "en", output=output), View())


@pytest.mark.parametrize(
    ("instruction", "output", "rule"),
    [
        ("#The Given Prompt#: Plan a trip to Porto.", None, "prompt-heading"),
        ("#改写后的任务#\n设计一份活动方案。", None, "prompt-heading"),
        ("Name the capital of Norway.", "[/INST] Oslo.", "template-token"),
        ("简述光合作用。", "<think>先想想。</think>植物利用光能。", "template-token"),
        ("Sure! Here's the rewritten task: name three rivers.", None, "chatter"),
        ("好的，以下是改写后的任务：说出三条河流。", None, "chatter"),
        ("Task 3: Explain how yeast makes bread rise.", None, "label"),
        ("任务二：解释为什么海水是咸的。", None, "label"),
        ("Summarize why bees matter.", '{"instruction": "Summarize why bees matter."}', "schema-json"),
        ("Which season do you like?", "As an AI language model, I have no favourite.", "self-talk"),
        ("你最喜欢哪种水果？", "作为一个人工智能语言模型，我没有味觉。", "self-talk"),
    ],
)
def test_each_kind_of_scaffolding_is_found(instruction: str, output: str | None, rule: str) -> None:
    verdict = judge(instruction, output)
    assert (verdict.passed, verdict.rule) == (False, rule)


@pytest.mark.parametrize(
    ("instruction", "output"),
    [
        ("Explain the ChatML chat template.", "Turns stand between `<|im_start|>` and `<|im_end|>`."),
        ("什么是对话模板？", "例如用 <|im_start|>user 标出用户的话。"),
        ("Write a regex that removes <think> blocks.", 're.sub("<think>.*?</think>", "", text)'),
        ("Show the HTML for struck-through text.", "<p>Now <s>40</s> 25 dollars.</p>"),
        ("布置三个观察任务。", "任务一：记录天气。\n任务二：观察蚂蚁。\n任务三：测量影子。"),
        ("Return JSON with the keys task and done.", '{"task": "water the plants", "done": true}'),
        (
            "Why do language models say 'As an AI language model, I cannot'?",
            "As an AI language model, I … marks a limit.",
        ),
    ],
)
def test_tasks_about_prompts_templates_and_json_pass(instruction: str, output: str) -> None:
    assert judge(instruction, output).passed


def test_a_mention_does_not_vouch_for_itself() -> None:
    assert judge("Write a haiku. <|im_end|>").rule == "template-token"


def test_phrases_of_the_prompt_files_match_whole_in_any_case_and_spacing() -> None:
    gate = LeakGate(phrases=["You are a task designer", "出题人"])
    assert judge("Name three rivers.", "you are a  TASK\ndesigner.", gate=gate).rule == "prompt-phrase"
    assert judge("你是一位出题人，请写一道题。", gate=gate).rule == "prompt-phrase"
    assert judge("Explain why you are a task designers' hero.", gate=gate).passed


def test_evidence_names_the_field_and_quotes_the_line() -> None:
    verdict = judge("Name a tree.", "An oak is a tree.\nIt is old.</s>")
    assert verdict.evidence == "output: “It is old.</s>”"


@pytest.mark.parametrize(
    "instruction",
    [
        "I have added a deadline to your prompt: plan a fair in three days.",
        "Plan a fair in three days. (This version adds a deadline, which makes it harder than the original.)",
        "我在您的指令中加入了期限：三天内策划一场集市。",
        "三天内策划一场集市。以上是改写后的指令，希望符合您的要求。",
    ],
)
def test_a_rewriter_s_words_on_his_work_are_found_at_the_head_and_at_the_tail(instruction: str) -> None:
    assert judge(instruction).rule == "chatter"


@pytest.mark.parametrize(
    "instruction",
    [
        "I added a constraint to my table and inserts fail. Why?",
        "Please make this question harder for my class: what is 2 + 2?",
        "把这道题改得更难：2 + 2 等于几？",
    ],
)
def test_a_user_s_words_on_his_own_text_pass(instruction: str) -> None:
    assert judge(instruction).passed


@pytest.mark.parametrize(
    ("output", "rule"),
    [
        ("Riga.\n\nHuman: And in Finland?\nAssistant: Helsinki.", "turns"),
        ("Okay, the user wants a port. Riga.", "thinking"),
        ("Input: Name a Baltic port.\nOutput: Riga.", "label"),
    ],
)
def test_what_is_left_of_the_chat_around_an_answer_is_found(output: str, rule: str) -> None:
    assert judge("Name a Baltic port.", output).rule == rule
