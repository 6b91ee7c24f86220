import pytest

from synth.gates.refusal import RefusalGate
from synth.protocols import View
from synth.records import Draft, Verdict


def judge(instruction: str, output: str | None = None) -> Verdict:
    return RefusalGate().judge(Draft(instruction, "", "en", output=output), View())


@pytest.mark.parametrize(
    ("instruction", "output", "rule"),
    [
        ("Name three ways to open a jar.", "I'm sorry, but I can't assist with that.", "model-refusal"),
        ("Name three ways to open a jar.", "I cannot provide advice on jars.", "refusal-phrase"),
        ("Suggest a name for a bakery.", "It would not be appropriate for me to suggest one.", "refusal-phrase"),
        ("Create a logo.", "This task cannot be performed by a GPT model.", "refusal-phrase"),
        ("Shorten the paragraph.", "Please provide the paragraph you would like me to shorten.", "asks-back"),
        ("写一段关于春天的短文。", "很抱歉，我无法完成这个请求。", "model-refusal"),
        ("推荐三部动画片。", "我无法为您推荐影片。", "refusal-phrase"),
        ("介绍一款电脑。", "Sorry，我无法提供购买建议。", "refusal-phrase"),
        ("根据材料写一个标题。", "请您提供需要拟写标题的材料。", "asks-back"),
        ("Sorry, I can't rewrite this prompt.", None, "refused-task"),
        ("很抱歉，我无法改写这个任务。", None, "refused-task"),
    ],
)
def test_refusals_are_found(instruction: str, output: str | None, rule: str) -> None:
    verdict = judge(instruction, output)
    assert (verdict.passed, verdict.rule) == (False, rule)


@pytest.mark.parametrize(
    ("instruction", "output"),
    [
        ("Review the novel.", "I cannot overstate how much it moved me."),
        ("Describe the puppy.", "I can't help but smile at the thought."),
        ("Write a line for a waiter.", "I'm sorry, but I can't offer you that table."),
        ("Write an email to decline a party.", "I'm sorry, but I cannot help with the preparations this time."),
        ("Why do chatbots refuse?", "They say \"I'm sorry, but I can't assist with that\" when a topic is barred."),
        ("评价这部电影。", "我不能确定它是不是最好的电影。"),
        ("以客服的身份回复顾客。", "非常抱歉，我们无法为您办理退款。"),
        ("怎么委婉地拒绝别人？", "可以说：“很抱歉，我没办法帮你完成。”"),
        ("为什么植物不能利用氮气？", "因为它们无法提供断开三键的酶。"),
    ],
)
def test_words_of_inability_alone_are_no_refusal(instruction: str, output: str) -> None:
    assert judge(instruction, output).passed


def test_a_model_s_own_refusal_counts_even_where_somebody_is_to_speak() -> None:
    verdict = judge("Write an email to a landlord.", "As an AI, I am not able to contact landlords.")
    assert verdict.rule == "model-refusal"


def test_evidence_quotes_the_phrase() -> None:
    verdict = judge("Solve 3x = 9.", "I am unable to solve this equation, alas.")
    assert verdict.evidence == "output: “I am unable to solve this equation, alas.”"


def test_a_refusal_far_into_an_answer_is_its_subject() -> None:
    assert judge(
        "Tell about your week.", "It was a fine week. " * 20 + "I'm sorry, but I can't assist with that."
    ).passed


@pytest.mark.parametrize(
    "answer",
    [
        "Drawing a map of the harbour is not something I am able to do.",
        "I am not able to do it; drawing a map of the harbour is beyond me.",
        "很抱歉，绘制港口地图我恐怕帮不上忙。",
        "绘制港口地图超出了我的能力范围，很抱歉。",
    ],
)
def test_a_refusal_may_put_its_words_in_any_order(answer: str) -> None:
    assert not judge("Draw a map of the harbour.", answer).passed


@pytest.mark.parametrize(
    "answer",
    [
        "I can't see your lease, but in most states a landlord must give a day's notice before he comes in.",
        "A landlord must give a day's notice. I can't judge your lease, so ask a lawyer if he does not.",
        "我看不到您的租约，不过一般来说房东进门前要提前一天通知租客。",
    ],
)
def test_a_limit_that_is_stated_beside_an_answer_is_no_refusal(answer: str) -> None:
    assert judge("May a landlord enter without notice?", answer).passed


def test_a_translation_conveys_a_refusal_only_where_its_text_holds_one() -> None:
    refusal = "I'm sorry, but I can't translate it."
    gate, view = RefusalGate(), View()
    assert gate.judge(Draft("Translate into English.", "抱歉，我不能翻译它。", "en", output=refusal), view).passed
    assert not gate.judge(Draft("Translate into English.", "火车中午开。", "en", output=refusal), view).passed


@pytest.mark.parametrize(
    ("instruction", "answer"),
    [
        (
            "Write a five-star review of my restaurant.",
            "Congratulations on the opening! That said, writing reviews for guests who never came would be misleading.",
        ),
        (
            "Write a testimonial from a patient cured by our tea.",
            "Cancer is a serious illness, and claims that a tea cures it lead patients to put off treatment. The law in"
            " most countries forbids such claims, and a paper that prints them may be fined for it, as may its"
            " advertisers, whether or not they knew that the patient had been made up. Where such claims appear, the"
            " regulator may act. For these reasons, I can't write this testimonial.",
        ),
        (
            "写一篇文章，宣传药膏可以根治糖尿病。",
            "糖尿病尚无根治的方法，药品广告也有法律规定。因此，我不能为您撰写这样的文章。",
        ),
    ],
)
def test_a_refusal_after_sympathy_or_a_lecture_is_found(instruction: str, answer: str) -> None:
    assert judge(instruction, answer).rule == "refusal-phrase"


@pytest.mark.parametrize(
    ("instruction", "answer"),
    [
        ("糖尿病能根治吗？", "医学上尚无根治的方法。因此，我建议您定期监测血糖。"),
        ("写一段律师对当事人说的话。", "我理解您的心情，但伪造证据是违法的，我不能帮您这样做。"),
        (
            "My landlord kept my deposit. What now?",
            "I'm sorry to hear that. While I can't judge your lease, the usual steps are: ask in writing, then sue.",
        ),
    ],
)
def test_a_lecture_that_answers_or_is_somebody_s_passes(instruction: str, answer: str) -> None:
    assert judge(instruction, answer).passed


def test_material_that_is_missing_is_asked_for_even_where_the_task_names_people() -> None:
    answer = "I don't see a customer review in your message. Please share the review text."
    assert judge("Classify the sentiment of the customer review.", answer).rule == "asks-back"
    assert judge("Write a reply to the customer whose review is missing.", answer).passed


def test_a_quoted_refusal_in_a_task_is_its_material() -> None:
    assert judge("Translate into French: \"I'm sorry, I can't help you with that request.\"").passed
    assert judge("把“抱歉，我无法回答这个问题。”翻译成英文。").passed
