"""A GPT: a transformer that reads a text and says of each token which comes next. One dial sets its size.

    p(next) = softmax(head(block(... block(block(embed(line))))))      loss = -log p[next], the mean over all tokens

    size (million weights)    0.1    0.8      3     10     30    124        12 depth width^2, and little more
    depth                       4      4      6      6     10     16
    width                      48    128    192    384    512    800
    heads                       4      4      6      6      8     16
    context                    64    128    128    256    256    512

What a block computes, and which rank holds what of it: `engine/rank/models/transformer.py`; how it writes on without
reading all again: `reading_on.py` there. A sample is a line as long as the context that begins anywhere in the text,
and counts for as many tokens. Stages of a pipeline divide blocks, which all cost the same.

Text: Python's own documentation (`engine/rank/data/python_text.py`), or a Chinese novel, whose alphabet has 3,072
characters (`classic_text.py`, the data pack `classic`); the last fifth is held back. A token is a character, or one of
512 (3,488) pieces of words (`pieces.py`): then a line reaches 2.6 times as far back, and the loss is that of a piece.
What can be compared is the metric, bits a character: -log2 p of all that is held back over its characters.
Sources: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019 (GPT-2); Vaswani et al.,
"Attention Is All You Need", NeurIPS 2017.
"""

from torch import Tensor
from torch.nn import functional

from engine.rank.data import classic_text, python_text
from engine.rank.data.subject import Subject
from engine.rank.data.tokens import tokens_of
from engine.rank.data.workload import Knobs, Workload, Writing
from engine.rank.looks.language import attention, continue_text, loss_by_position
from engine.rank.models.reading_on import Reading
from engine.rank.models.transformer import attention_of, gpt, splits

CARD = {
    "name": "text-gpt",
    "title": "Text · GPT",
    "rung": 100,
    "summary": "A transformer learns to write on, token by token, in the manner of the text it reads.",
    "batch_size": 16,
    "lr": 0.003,
    "train_samples": 300_000,
    "validation_samples": 64,
    "unit": "tokens",
    "pictures": ["text"],
    "looks": [
        {
            "name": "attention",
            "title": "Attention map",
            "kind": "heat map",
            "help": "Which tokens each token hears, in one head of one layer: the darker, the more.",
        },
        {
            "name": "position",
            "title": "Loss by position",
            "kind": "curve",
            "help": "How well the next token is guessed at each place of a line: further on, more has been read.",
        },
    ],
    "tries": [
        {
            "name": "continue",
            "title": "Continue a text",
            "kind": "prompt",
            "help": "Type the beginning of a text: the model goes on with it, token by token.",
        },
    ],
    "metric": {"name": "bits/character", "kind": "number"},
    "layers": "layers",
    "widths": ["heads"],
    "knobs": [
        {
            "name": "size",
            "title": "Size, about",
            "help": "A dial, in million weights, roughly: at 10 the model has 11. It sets how deep and wide it is, its "
            "heads, and how far it looks back.",
            "default": 0.1,
            "choices": [0.1, 0.8, 3.0, 10.0, 30.0, 124.0],
            "unit": "M",
            "means": {
                "layers": [6, 6, 8, 8, 12, 18],
                "width": [48, 128, 192, 384, 512, 800],
                "heads": [4, 4, 6, 6, 8, 16],
                "context": [64, 128, 128, 256, 256, 512],
            },
        },
        {
            "name": "text",
            "title": "Text",
            "help": "What it reads: Python's documentation, or the novel Romance of the Three Kingdoms, in Chinese.",
            "default": "Python",
            "choices": ["Python", "Three Kingdoms"],
            "packs": {"Three Kingdoms": "classic"},
            "means": {"train_samples": [300_000, 470_000]},
        },
        {
            "name": "tokens",
            "title": "Tokens",
            "help": "What it reads and writes one by one: characters, or pieces of words (byte-pair encoding).",
            "default": "characters",
            "choices": ["characters", "BPE"],
        },
    ],
}

LONGEST = 512  # so far apart begin lines that are validated on, in characters
VALIDATED = 64
PROMPT = 32  # tokens; a longer one costs more to read than it adds to what is written


def build(knobs: Knobs, seed: int) -> Workload:  # noqa: ARG001 - the text is the same for every seed
    """Lines of tokens by number, (samples, context), and the same moved on by one."""
    size = CARD["knobs"][0]  # type: ignore[index]
    layers, width, heads, context = (means[size["choices"].index(knobs["size"])] for means in size["means"].values())
    blocks = [f"block{number}" for number in range(1, layers - 1)]
    is_novel = knobs.get("text") == "Three Kingdoms"
    text = classic_text if is_novel else python_text
    tokens = tokens_of(text, context, LONGEST, VALIDATED, in_pieces=knobs.get("tokens") == "BPE")

    def reading(subject: Subject) -> Reading:
        return Reading(subject, blocks, context)

    def loss_sum(scores: Tensor, wanted: Tensor) -> Tensor:
        return functional.cross_entropy(scores.flatten(0, 1), wanted.flatten(), reduction="sum")

    return Workload(
        train=tokens.train,
        validation=tokens.validation,
        make_model=lambda: gpt(blocks, context, width, heads, tokens.known),
        layers=("embed", *blocks, "head"),
        splits=splits(blocks),
        heads=heads,
        loss_sum=loss_sum,
        score_sum=lambda scores, wanted: tokens.bits(loss_sum(scores, wanted)),
        writing=Writing(tokens.validation.first(1)[0][0, :PROMPT], context, tokens.text_of, reading),
        looks={"attention": attention(blocks, heads, attention_of, tokens.text_of), "position": loss_by_position},
        tries={"continue": continue_text(context, tokens.typed, tokens.text_of, reading)},
    )
