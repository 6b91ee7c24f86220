"""Makes a chat model of 0.6 million random weights, small enough to make on the spot and serve on a CPU.

Its text is gibberish; its tokenizer, chat template, prefix cache and structured outputs are as real as a large
model's::

    python tests/vllm/tiny_model.py build/tiny-model
    python tests/vllm/tiny_model.py build/tiny-model build/tiny-adapter        and a LoRA adapter for it
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")

# What the tokenizer learns its 2,000 tokens from: any text of both languages will do.
TEXTS = (
    "Write a short note to the neighbours about the concert on Saturday, and ask them to keep the gate closed.",
    '{"tasks": [{"instruction": "Name three causes of erosion.", "input": "", "output": "Wind, water and ice."}]}',
    "请用三句话说明为什么冬天的白天比夏天短，并举一个生活中的例子。",
    "把下面的会议记录改写成一封简短的通知，语气要礼貌，并写明时间和地点。",
    "You are a helpful assistant. Answer in one word. Say hello to me in three words.",
)


def make(folder: Path, *, seed: int = 0, texts: Iterable[str] = TEXTS, context: int = 4096) -> Path:
    """Write the model to ``folder``, in the layout of a hub checkpoint, and return it. Its tokens are of ``texts``."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=2000,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>", model_max_length=1 << 20
    )
    fast.chat_template = CHAT_TEMPLATE

    torch.manual_seed(seed)
    config = Qwen2Config(
        vocab_size=2048,
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=context,
        bos_token_id=fast.pad_token_id,
        eos_token_id=fast.eos_token_id,
        pad_token_id=fast.pad_token_id,
        tie_word_embeddings=True,
    )
    model = Qwen2ForCausalLM(config).to(torch.bfloat16)
    model.generation_config.eos_token_id = fast.eos_token_id
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


def make_adapter(folder: Path, *, seed: int = 0) -> Path:
    """Write a LoRA adapter of random weights for the model to ``folder``, as peft would, and return it."""
    import torch
    from safetensors.torch import save_file

    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for layer in range(2):
        for name, size in (("q_proj", 128), ("v_proj", 64)):
            part = f"base_model.model.model.layers.{layer}.self_attn.{name}"
            tensors[f"{part}.lora_A.weight"] = torch.randn(8, 128, generator=generator).bfloat16()
            tensors[f"{part}.lora_B.weight"] = torch.randn(size, 8, generator=generator).bfloat16()
    config = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 8, "lora_alpha": 16, "bias": "none"}
    config["target_modules"] = ["q_proj", "v_proj"]
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder


if __name__ == "__main__":
    print(make(Path(sys.argv[1])))
    if len(sys.argv) > 2:
        print(make_adapter(Path(sys.argv[2])))
