"""Train the embedded embedder on the labelled sentences: ``python -m assistant tune``, some twenty minutes.

What it writes (``tuned.npz``) is shipped, and read by ``tuned.py``. It is made anew when much was labelled, not after
every edit; nothing else needs what it needs (``pip install -e '.[tune]'``: PyTorch, its BERT, and what reads the
embedder's file). The encoder's layers learn, and a linear layer a lesson, by gradient descent (AdamW; warmed up, then
down to nothing in a straight line) on the binary cross-entropy of all labels together: Devlin et al. 2019.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from assistant.encoder_file import weights
from assistant.errors import EvenKeelError
from assistant.reply.promises import PROMISES, load_sentences
from assistant.roleplay.lines import ACTS, load_lines, sentence_labels
from assistant.tuned import FILE, Layer, save
from knowledge import MiniLM

LAYERS = 6
"""Layers of the encoder; they learn, the embeddings below them stay."""
EPOCHS, BATCH, LONGEST = 4, 64, 96
"""Times all sentences are gone through; sentences a step; tokens of the longest."""
RATE, HEAD_RATE, WARM = 6e-5, 3e-3, 0.06
"""The most that a step changes, in the encoder and in the lessons' layers; the share of steps that it grows for."""
SHARPNESS = 8.0
"""What unit vectors are multiplied by before a lesson's layer."""


@dataclass(frozen=True, slots=True)
class Examples:
    """The labelled sentences of a lesson: ``shown`` is 1 where one shows a label, -1 where nobody said whether.

    Its shape is ``(sentences, labels)``.
    """

    labels: tuple[str, ...]
    pieces: Sequence[str]
    shown: NDArray[np.int8]


def examples() -> dict[str, Examples]:
    """What all lessons learn from, by the lesson's name."""
    pieces, shown, _ = sentence_labels(load_lines())
    sentences = load_sentences()
    commits = np.array([[s.commits] for s in sentences], dtype=np.int8)
    return {
        ACTS.name: Examples(ACTS.labels(), pieces, shown),
        PROMISES.name: Examples(PROMISES.labels(), [s.text for s in sentences], commits),
    }


def tune(out: Path = FILE) -> None:
    """Train, and write what differs from the embedder's own file; nothing is written before the end.

    Raises:
        EvenKeelError: what it needs is not installed.
    """
    try:
        import torch
        from transformers import BertConfig, BertModel

        found = weights(MiniLM.model())
    except ImportError as error:
        raise EvenKeelError(f"Training needs {error.name}. Run: pip install -e '.[tune]'.") from error
    torch.manual_seed(0)
    config = BertConfig(hidden_size=384, num_hidden_layers=LAYERS, num_attention_heads=12, intermediate_size=1536)
    encoder = BertModel(config, add_pooling_layer=False)
    encoder.load_state_dict({name: torch.from_numpy(weight.array) for name, weight in found.items()})
    for name, parameter in encoder.named_parameters():
        parameter.requires_grad = name.startswith("encoder.")
    lessons = examples()
    heads = {lesson: torch.nn.Linear(384, len(some.labels)) for lesson, some in lessons.items()}
    _train(torch, encoder, heads, lessons)
    patch: dict[int, bytes] = {}
    for name, parameter in encoder.named_parameters():
        if parameter.requires_grad:
            patch |= found[name].stored(parameter.detach().numpy())
    layers = {
        lesson: Layer(
            some.labels, heads[lesson].weight.detach().numpy() * SHARPNESS, heads[lesson].bias.detach().numpy()
        )
        for lesson, some in lessons.items()
    }
    save(out, patch, layers)


def _train(torch: Any, encoder: Any, heads: Mapping[str, Any], lessons: Mapping[str, Examples]) -> None:
    learning = [p for p in encoder.parameters() if p.requires_grad]
    layers = [p for head in heads.values() for p in head.parameters()]
    groups = [{"params": learning, "most": RATE}, {"params": layers, "most": HEAD_RATE}]
    steps = torch.optim.AdamW(groups, lr=RATE, weight_decay=0.01)
    dice, tokens = random.Random(0), MiniLM().tokenizer(LONGEST)
    batches = [batch for _ in range(EPOCHS) for batch in _batches(lessons, dice)]
    encoder.train()
    for number, (lesson, rows) in enumerate(tqdm(batches, desc="Training", unit="step", disable=None)):
        part = number / len(batches)
        for group in steps.param_groups:
            group["lr"] = group["most"] * min(1.0, part / WARM) * (1 - part)
        some = lessons[lesson]
        scores = heads[lesson](_vectors(torch, encoder, tokens, [some.pieces[r] for r in rows]) * SHARPNESS)
        wanted = torch.from_numpy(some.shown[rows].astype(np.float32))
        losses = torch.nn.functional.binary_cross_entropy_with_logits(scores, wanted.clamp(min=0), reduction="none")
        loss = (losses * (wanted >= 0)).sum(1).mean()
        steps.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*learning, *layers], 1.0)
        steps.step()


def _vectors(torch: Any, encoder: Any, tokens: Any, texts: list[str]) -> Any:
    """Unit vectors of texts, as the embedder makes them."""
    encoded = tokens.encode_batch(texts)
    ids, mask = torch.tensor([e.ids for e in encoded]), torch.tensor([e.attention_mask for e in encoded])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        states = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    weights = mask[:, :, None].float()
    means = (states.float() * weights).sum(1) / weights.sum(1)
    return torch.nn.functional.normalize(means, dim=1)


def _batches(lessons: Mapping[str, Examples], dice: random.Random) -> list[tuple[str, list[int]]]:
    """All sentences once, some of one lesson and about one length together, in a random order."""
    found: list[tuple[str, list[int]]] = []
    for lesson, some in lessons.items():
        rows = list(range(len(some.pieces)))
        dice.shuffle(rows)
        for start in range(0, len(rows), BATCH * 20):
            alike = sorted(rows[start : start + BATCH * 20], key=lambda row: len(some.pieces[row]))
            found += [(lesson, alike[at : at + BATCH]) for at in range(0, len(alike), BATCH)]
    dice.shuffle(found)
    return found
