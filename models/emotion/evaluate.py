"""How well the model of emotion reads: ``python -m models.emotion.evaluate [--only NAME,...]`` prints Markdown.

Conventions: nothing measured here was learned from: test splits of GoEmotions and EmoBank, the held-out tenth of XED
(its lines exist in several languages, so a test line's translation may have been learned), BRIGHTER, our held-out
scenes. Thresholds of GoEmotions' classes are set on its dev split.

Sources: GoEmotions' published macro-F1 of BERT-base on Ekman's six and neutral is 0.64 (Demszky et al. 2020).
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from assistant.brief import Brief
from assistant.interpret import read_brief
from assistant.language import READ_LANGUAGES
from assistant.library import load
from models.emotion import ablation, data, evaluate_scenes, present
from models.emotion.adapt_emobank import Head, features, pearson
from models.emotion.evaluate_scenes import sign_accuracy
from models.emotion.model import SceneModel
from models.emotion.weights import load as load_weights
from models.registry import advisers

PUBLISHED_F1 = 0.64
BRIGHTER_LANGUAGES = {
    "arq": "ar", "ary": "ar", "chn": "zh", "deu": "de", "eng": "en", "esp": "es", "hin": "hi", "ptbr": "pt",
    "rus": "ru",
}  # fmt: skip
UNPLEASANT = ("anger", "fear", "sadness", "disgust")
SCENES_SAY = 0.2
"""What the head of scenes weighs in texts that are no scenes; chosen on EmoBank's dev split."""

MOST = 400
"""Texts a language of XED and BRIGHTER."""


def answers(model: SceneModel, texts: Sequence[str], language: str) -> dict[str, Tensor]:
    """The heads' answers on many texts."""
    with torch.inference_mode():
        parts = [model.answers(texts[at : at + 64], language=language) for at in range(0, len(texts), 64)]
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def felt(heads: dict[str, Tensor]) -> NDArray[np.float64]:
    """Valence and arousal of a text that need not be a scene: the heads of the public sets, and a little of scenes."""
    named = [
        (heads[head].sigmoid(), torch.tensor([places[name] for name in names]))
        for head, names, places in (
            ("go", sorted(data.coordinates()["goemotions"]), data.coordinates()["goemotions"]),
            ("xed", data.PLUTCHIK, data.coordinates()["xed"]),
        )
    ]
    placed = [shares @ places / shares.sum(1, keepdim=True) for shares, places in named]
    public = (heads["felt"] + placed[0] + placed[1]) / 3
    return ((1 - SCENES_SAY) * public + SCENES_SAY * heads["scene"][:, :2]).double().numpy()


def report_emobank() -> str:
    """Pearson on EmoBank's test split, with and without training on it."""
    model = SceneModel()
    lines = [line for line in data.emobank() if line.split == "test"]
    texts = [line.text for line in lines]
    wished = torch.tensor([[line.valence or 0.0, line.arousal or 0.0] for line in lines])
    without = pearson(torch.from_numpy(felt(answers(model, texts, "en"))).float(), wished)
    rows = ["| EmoBank, test split | valence | arousal |", "|---|---|---|"]
    rows += [f"| without training on it (what ships) | {without[0]:.3f} | {without[1]:.3f} |"]
    if (present.FOLDER / present.EMOBANK).is_file():
        inputs = features(model, texts)
        head = Head(inputs.shape[1])
        head.load_state_dict(load_weights(present.EMOBANK))
        with torch.inference_mode():
            trained = pearson(head.eval()(inputs), wished)
        rows += [f"| with (a head apart, CC BY-SA 4.0) | {trained[0]:.3f} | {trained[1]:.3f} |"]
    rows += ["| frozen MiniLM, support vector regressor trained on it | 0.688 | 0.466 |"]
    return "\n".join(rows)


def report_goemotions() -> str:
    """Macro-F1 on Ekman's six and neutral."""
    model, groups = SceneModel(), data.coordinates()["ekman"]
    names = sorted(data.coordinates()["goemotions"])
    found = {}
    for split in ("dev", "test"):
        lines = [line for line in data.goemotions() if line.split == split]
        with torch.inference_mode():
            texts = [line.text for line in lines]
            parts = [model.answers_of("minilm", texts[at : at + 64])["go"] for at in range(0, len(texts), 64)]
        none = 1 - torch.cat(parts).sigmoid()  # a group is there when not all of its members are absent
        told = torch.stack(
            [1 - none[:, [names.index(each) for each in members]].prod(1) for members in groups.values()], 1
        )
        wished = torch.tensor(
            [[bool(set(line.labels) & set(members)) for members in groups.values()] for line in lines]
        )
        found[split] = (told.numpy(), wished.numpy())
    cuts = [
        max(np.linspace(0.05, 0.9, 35), key=lambda cut: _f1(told > cut, wish))
        for told, wish in zip(*(each.T for each in found["dev"]), strict=True)
    ]
    scores = [_f1(told > cut, wish) for told, wish, cut in zip(*(each.T for each in found["test"]), cuts, strict=True)]
    cells = " | ".join(f"{score:.2f}" for score in scores)
    return "\n".join([
        f"| GoEmotions, F1 | macro | {' | '.join(groups)} |",
        "|---|---|" + "---|" * len(groups),
        f"| ours (MiniLM, upper two layers tuned) | {np.mean(scores):.3f} | {cells} |",
        f"| BERT-base, published | {PUBLISHED_F1} |" + " |" * len(groups),
    ])  # fmt: skip


def _f1(told: NDArray[np.bool_], wished: NDArray[np.bool_]) -> float:
    both = float((told & wished).sum())
    return 2 * both / max(float(told.sum() + wished.sum()), 1.0)


def report_xed() -> str:
    """Held-out film lines: side of valence, and correlation with the coordinates of their labels."""
    model = SceneModel()
    rows = ["| XED, held out | lines | valence: sign | Pearson | arousal: Pearson |", "|---|---|---|---|---|"]
    for language in READ_LANGUAGES:
        lines = [line for line in data.xed(frozenset({language})) if line.split == "test"][:MOST]
        if len(lines) < 5:
            rows.append(f"| {language} | {len(lines)} | | | |")
            continue
        told = felt(answers(model, [line.text for line in lines], language))
        wished = np.array([[line.valence or 0.0, line.arousal or 0.0] for line in lines])
        two = [evaluate_scenes.pearson(told[:, axis], wished[:, axis]) for axis in (0, 1)]
        side = sign_accuracy(told[:, 0], wished[:, 0])
        rows.append(f"| {language} | {len(lines)} | {side:.2f} | {two[0]:.2f} | {two[1]:.2f} |")
    return "\n".join(rows)


def report_brighter() -> str:
    """BRIGHTER, never learned from: joy against anger, fear, sadness and disgust; arousal against the intensities."""
    model, places = SceneModel(), data.coordinates()["xed"]
    tracks: dict[str, dict[str, list[tuple[str, dict[str, float]]]]] = {"track_a": {}, "track_b": {}}
    for track, by_language in tracks.items():
        for name, text, marks in data.brighter(track):
            by_language.setdefault(name, []).append((text, marks))
    rows = [
        "| BRIGHTER | texts | joy found | unpleasant found | mean | arousal: Pearson (texts) |",
        "|---|---|---|---|---|---|",
    ]
    for name, texts in tracks["track_a"].items():
        language = BRIGHTER_LANGUAGES[name]
        clear = [(text, bool(marks.get("joy"))) for text, marks in texts if _is_clear(marks)][:MOST]
        told = felt(answers(model, [text for text, _ in clear], language))[:, 0]
        joy = np.array([is_joy for _, is_joy in clear])
        shares = (float((told[joy] > 0).mean()), float((told[~joy] < 0).mean()))
        graded = tracks["track_b"].get(name, [])[:MOST]
        cell = ""
        if graded:
            wished = [sum(marks[each] * places[each][1] for each in marks if each in places) for _, marks in graded]
            heard = felt(answers(model, [text for text, _ in graded], language))[:, 1]
            cell = f"{evaluate_scenes.pearson(heard, np.array(wished)):.2f} ({len(graded)})"
        rows.append(f"| {name} | {len(clear)} | {shares[0]:.2f} | {shares[1]:.2f} | {sum(shares) / 2:.2f} | {cell} |")
    return "\n".join(rows)


def _is_clear(marks: dict[str, float]) -> bool:
    """Whether a text is of joy alone or of unpleasant emotions alone."""
    return bool(marks.get("joy")) != any(marks.get(name) for name in UNPLEASANT)


def report_scenes() -> str:
    """Our own held-out scenes."""
    return evaluate_scenes.report(load(), advisers())


def report_speed() -> str:
    """Processor time of reading a brief, warm."""
    library, helpers = load(), advisers()
    scenes = [line for line in data.scenes() if line.split == "test"]
    rows = ["| a brief of two scenes and a line of parameters, warm | processor ms, median | 95 % |", "|---|---|---|"]
    for group in (("en",), tuple(name for name in READ_LANGUAGES if name != "en")):
        some = [line for line in scenes if line.language in group][:81]
        spent = []
        for one, two in zip(some[::2], some[1::2], strict=False):
            brief = Brief(f"{one.text}. {two.text}. Piano, 90 seconds, 100 BPM, no drums.", language=one.language)
            began = time.process_time()
            read_brief(brief, library=library, advisers=helpers)
            spent.append(1000 * (time.process_time() - began))
        rows.append(f"| {' '.join(group)} | {np.median(spent[1:]):.0f} | {np.percentile(spent[1:], 95):.0f} |")
    return "\n".join(rows)


SECTIONS: dict[str, Callable[[], str]] = {
    "scenes": report_scenes,
    "emobank": report_emobank,
    "goemotions": report_goemotions,
    "xed": report_xed,
    "brighter": report_brighter,
    "ablation": ablation.report,
    "speed": report_speed,
}


def report(only: Sequence[str] = ()) -> str:
    """Every section, or those named, as Markdown."""
    return "\n\n".join(make() for name, make in SECTIONS.items() if not only or name in only)


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(prog="python -m models.emotion.evaluate", description=__doc__)
    parser.add_argument("--only", default="", help=f"of {', '.join(SECTIONS)}")
    only = [name for name in parser.parse_args().only.split(",") if name]
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    for name in only or SECTIONS:
        print(report([name]), flush=True, end="\n\n")  # noqa: T201 - the command's output, each as it is done


if __name__ == "__main__":
    main()
