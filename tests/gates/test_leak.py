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


@pytest.mark.parametrize(
    ("instruction", "rule"),
    [
        ("Explain how to prune a rose.\n\nInstruction 2: Explain how to graft a tree.", "label"),
        ("介绍三种常见的云。\n指令2：写一首关于雨的诗。", "label"),
        ("【难度：3/5】【类别：问答】解释白醋为什么能除水垢。", "label"),
        ("Write a {tone} email to {recipient}.", "slot"),
        ("请为{{职业}}写一段自我介绍。", "slot"),
        ("Building upon the given prompt, describe how tides form.", "chatter"),
        ("Unlike the example tasks above, this one tests planning: plan a fair.", "chatter"),
        ("根据要求，我增加了一个约束：写一段关于秋天的短文，不超过80字。", "chatter"),
        ("以下是新的指令：\n写一段关于秋天的短文。", "chatter"),
    ],
)
def test_what_is_left_of_the_list_and_the_prompt_around_a_task_is_found(instruction: str, rule: str) -> None:
    assert judge(instruction).rule == rule


@pytest.mark.parametrize(
    "instruction",
    [
        "Put the tasks of our sprint in order.\nTask 1: fix the login.\nTask 2: draw a logo.",
        "Write an invitation template with the slots {name} and {date}.",
        "证明集合{奇数}与{偶数}没有交集。",
        "Write a story from the given prompt: a door that opens only at night.",
        "根据客户要求，我对方案进行了修改：增加了预算说明。请写一封邮件告知客户。",
    ],
)
def test_lists_slots_and_prompts_of_the_task_s_own_pass(instruction: str) -> None:
    assert judge(instruction).passed


def test_talk_of_the_sample_as_a_sample_is_found_unless_the_task_is_about_data() -> None:
    talk = "Here is a response suitable for an instruction-tuning dataset:\n\nStand the basil in water."
    assert judge("How should I store basil?", talk).rule == "dataset-talk"
    assert judge("Write a sample of our training data.", talk).passed
    assert (
        judge("写一句登山的配文。", "山高人为峰。\n\n【改写说明】本条数据由种子任务改写而来。").rule == "dataset-talk"
    )


def test_a_heading_over_a_revision_passes_where_one_was_asked_for() -> None:
    assert judge("请修改这段自我介绍。", "修改后的版本如下：\n我叫李雷。", "我叫李雷，我叫李雷。").passed
    assert judge("描述一位好领导。", "改写后的指令如下：描述一位好领导的三个特质。").rule == "prompt-heading"


def test_an_answer_that_goes_on_with_the_list_is_found() -> None:
    assert (
        judge("Why is the sky blue?", "It scatters.\n##\n9. Instruction: Name a star.\n9. Input: none").rule == "label"
    )
    assert judge("Name a fruit.", "Grape.", "<noinput>").rule == "template-token"
