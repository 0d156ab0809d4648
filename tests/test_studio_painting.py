"""A cue painted over its score: brought back, refused, by windows, renewed in place, the same again, stopped."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from assistant.audio import Waveform
from assistant.errors import EngineError, InputError
from assistant.generator import Generator, Guide, Keep, Painted, no_progress
from assistant.settings import RATE_HZ
from models.studio.alignment import follow
from models.studio.dispatch import Way
from models.studio.following import FRAME_S, TRIES, latest_at
from models.studio.painter import looped
from models.studio.values import GUIDE, REPAINT, TEXT, DeviceMemoryError
from models.studio.windows import EDGE_S
from models.tuning.adapters import OtherSizeError
from tests.painters import ENGINE, ONLY, Double, cue, noise, painter, stray
from tests.plans import toy_plan


def take(model: Double, *, bars: int = 4, seed: int = 3, candidates: int = 1, ways=(ONLY,), **of_guide) -> Painted:
    plan, sound = cue(bars)
    guide = Guide(sound, **of_guide)
    return painter(model, candidates=candidates, ways=ways).generate(plan, keep=Keep(guide=guide), seed=seed)


def test_what_goes_astray_lies_within_a_frame_at_every_hit():
    plan, guide = cue()
    model = Double(stray(late_s=0.2, slower=1.02, cents=30.0, wet=True))
    made = take(model)
    hits = [hit.at_s for hit in plan.hits]
    assert hits and latest_at(follow(guide, made.sound), hits) <= FRAME_S
    assert made.account.latest_s <= FRAME_S and made.account.agreement > 0.7 and made.account.tries == 1
    assert made.sound.frames == round(plan.length_s * RATE_HZ) and made.sound.samples.shape[0] == 2


def test_one_that_ignores_the_guide_is_drawn_again_and_refused():
    model = Double(follows_from=99)
    with pytest.raises(EngineError, match=r"does not follow its score.*drawn 3 times.*composer's own rendering"):
        take(model, bars=2)
    assert len(model.asked) == TRIES
    assert len({seed for request in model.asked for seed in request.seeds}) == TRIES
    freedoms = [request.freedom for request in model.asked]
    assert all(after < before for before, after in pairwise(freedoms))


def test_one_that_follows_at_the_second_draw_is_taken_and_it_is_said():
    made = take(Double(follows_from=1), bars=2)
    assert made.account.tries == 2 and "studio_closer" in [remark.code for remark in made.account.remarks]
    assert len(made.account.candidates) == 2


def test_candidates_are_drawn_in_one_batch_and_the_best_is_kept():
    model = Double(follows_from=2)
    made = take(model, bars=2, candidates=3)
    assert [len(request.seeds) for request in model.asked] == [3]
    scores = [each.score for each in made.account.candidates]
    assert len(scores) == 3 and scores == sorted(scores, reverse=True) and scores[0] > 0.9 > scores[1]
    assert made.account.candidates[0].seed == model.asked[0].seeds[2]


def test_the_account_says_whose_weights_and_how():
    account = take(Double(), bars=2).account
    assert (account.engine, account.seed, account.freedom) == (ENGINE, 3, 0.3)
    assert account.repository.startswith("stabilityai/") and len(account.revision) == 40
    assert "Stability" in account.licence
    assert len(account.prompts) == 1 and "jazz" in account.prompts[0]
    assert [remark.code for remark in account.remarks] == ["studio_no_ear"]


def test_the_account_names_the_adapter_that_the_model_wears():
    model = Double()
    model.adapter = ("mine.safetensors (SHA-256 12ab)", "2 files of my own")  # type: ignore[attr-defined]
    account = take(model, bars=2).account
    assert (account.adapter, account.adapter_learned_from) == model.adapter  # type: ignore[attr-defined]
    assert take(Double(), bars=2).account.adapter == ""


def test_the_same_seed_gives_the_same_sound_and_another_asks_for_another():
    first, second = Double(follows_from=99), Double(follows_from=99)
    plan = toy_plan(4, bpm=120)
    one, again = (painter(model).generate(plan, seed=5) for model in (first, second))
    assert one.sound == again.sound and one.account == again.account
    other = painter(Double(follows_from=99)).generate(plan, seed=6)
    assert other.sound != one.sound


def test_without_a_guide_the_words_alone_are_painted_as_long_as_the_plan():
    plan, model = toy_plan(4, bpm=120), Double()
    made = painter(model).generate(plan, seed=1)
    assert made.sound.frames == round(plan.length_s * RATE_HZ)
    assert model.asked[0].guide is None and "D minor" in model.asked[0].prompt
    assert made.account.agreement == 0.0
    tail = made.sound.samples[:, -480:]
    assert np.abs(tail).max() < 0.02 * np.abs(made.sound.samples).max(), "it ends"


def test_freedom_one_is_the_words_alone_and_nothing_is_refused():
    model = Double()
    made = take(model, bars=2, freedom=1.0)
    assert model.asked[0].guide is None and made.account.agreement < 0.5 and made.account.tries == 1


def test_a_model_that_reads_words_alone_is_said_to_be_held_to_nothing():
    made = take(Double(abilities=frozenset({TEXT})), bars=2)
    assert "studio_words_alone" in [remark.code for remark in made.account.remarks]


def test_a_long_cue_is_painted_by_windows_and_nothing_is_heard_of_it():
    plan, guide = cue()
    model = Double(longest_s=5.0)
    made = take(model)
    assert len(model.asked) > 1 and all(request.length_s <= 5.0 for request in model.asked)
    assert len(made.account.prompts) == len(model.asked) == len({request.seeds for request in model.asked})
    final = round(plan.tempo_map.seconds_at(plan.final_q) * RATE_HZ)
    assert np.abs(made.sound.samples - guide.samples)[:, :final].max() < 1e-3
    assert made.sound.frames == guide.frames


def test_only_the_spans_are_repainted_and_the_rest_comes_back_bit_for_bit():
    _, guide = cue()
    before = noise(9, guide.length_s, 0.05)
    model = Double()
    made = take(model, before=before, renewed_s=((4.0, 6.0),))
    assert [request.length_s for request in model.asked] == [8.0], "two bars on both sides"
    assert np.array_equal(made.sound.samples[:, : 4 * RATE_HZ], before.samples[:, : 4 * RATE_HZ])
    assert np.array_equal(made.sound.samples[:, 6 * RATE_HZ :], before.samples[:, 6 * RATE_HZ :])
    edge = round(EDGE_S * RATE_HZ)
    inside = slice(4 * RATE_HZ + edge, 6 * RATE_HZ - edge)
    assert np.abs(made.sound.samples - guide.samples)[:, inside].max() < 1e-3


def test_a_model_that_can_renew_a_span_is_given_what_is_there():
    _, guide = cue()
    before = noise(9, guide.length_s, 0.05)
    model = Double(abilities=frozenset({GUIDE, REPAINT}))
    take(model, before=before, renewed_s=((6.0, 8.0),))
    request = model.asked[0]
    assert request.before is not None and request.length_s == request.before.length_s == 6.0
    assert request.renewed_s == (4.0, 6.0)


def test_stopping_ends_within_one_step_and_the_next_cue_can_be_painted():
    class StopError(Exception):
        pass

    raised_at = []

    def stop(share, what, sketch=None, opening=None):
        if share > 0.3:
            raised_at.append(model.steps_done)
            raise StopError

    model = Double(longest_s=5.0, steps=10)
    plan, guide = cue()
    with pytest.raises(StopError):
        painter(model).generate(plan, keep=Keep(guide=Guide(guide)), progress=stop)
    assert raised_at == [model.steps_done] and model.steps_done % 10
    assert painter(Double()).generate(toy_plan(2)).sound.frames


def test_progress_rises_over_all_windows_though_memory_makes_it_begin_again():
    shares = []
    plan, guide = cue()
    model = Double(most_s=5.0)
    ways = (ONLY, replace(ONLY, share=0.09))
    made = painter(model, ways=ways).generate(
        plan, keep=Keep(guide=Guide(guide)), progress=lambda share, *rest: shares.append(share)
    )
    assert shares == sorted(shares) and shares[0] == 0.0 and shares[-1] == 1.0 and len(set(shares)) > 6
    assert [remark.code for remark in made.account.remarks] == ["studio_shorter", "studio_no_ear"]


def test_too_little_memory_every_way_is_an_error_that_says_so():
    model = Double(most_seeds=0)
    with pytest.raises(DeviceMemoryError):
        take(model, bars=2, ways=(ONLY, Way(ENGINE, "stable-audio-3-small")))
    assert len(model.asked) == 2


def test_windows_too_short_for_two_bars_are_passed_over_for_the_smaller_model():
    small = Way(ENGINE, "stable-audio-3-small")
    plan, guide = cue(8)
    large, less = Double(longest_s=12.0, most_s=0.0), Double()
    engine = replace(
        painter(large, ways=(ONLY, replace(ONLY, share=0.25), small)), load=lambda way: less if way == small else large
    )
    made = engine.generate(plan, keep=Keep(guide=Guide(guide)), seed=1)
    assert len(large.asked) == 1 and len(less.asked) == 1
    assert [remark.code for remark in made.account.remarks] == ["studio_smaller", "studio_no_ear"], "no way not gone"
    with pytest.raises(EngineError, match="two bars in a window"):
        painter(Double(longest_s=3.0)).generate(plan, keep=Keep(guide=Guide(guide)))


def test_smaller_weights_that_an_adapter_does_not_fit_are_passed_over():
    other = OtherSizeError("adapter mine.safetensors", "one of this size", "tune anew")

    class Unfit(Double):
        def paint(self, request, *, progress=no_progress):
            raise other

    small, less = Way(ENGINE, "stable-audio-3-small"), Way("musicgen", "musicgen")
    models = {ONLY: Double(most_seeds=0), small: Unfit(), less: Double()}
    plan, guide = cue()
    engine = replace(painter(models[ONLY], ways=(ONLY, small, less)), load=models.__getitem__)
    account = engine.generate(plan, keep=Keep(guide=Guide(guide)), seed=1).account
    assert (
        account.engine == "musicgen" and len([each for each in account.remarks if each.code == "studio_smaller"]) == 1
    )
    with pytest.raises(OtherSizeError):
        painter(Unfit()).generate(plan, keep=Keep(guide=Guide(guide)), seed=1)


def test_where_the_score_is_silent_nothing_is_drawn_and_nothing_refused():
    plan, guide = cue(8)
    rests = np.array(guide.samples)
    rests[:, : 9 * RATE_HZ] = 0.0
    model = Double(longest_s=6.0)
    made = painter(model).generate(plan, keep=Keep(guide=Guide(Waveform(rests, RATE_HZ))), seed=1)
    assert not made.sound.samples[:, : 8 * RATE_HZ].any() and made.account.agreement > 0.9
    assert made.sound.samples[:, 10 * RATE_HZ :].any()
    assert 0 < len(model.asked) < len(made.account.prompts)


def test_mono_at_another_rate_becomes_what_was_asked_for():
    plan = toy_plan(3, bpm=120)
    model = Double()
    model._one = lambda request, seed: Waveform(noise(seed, request.length_s).samples[:1, ::3], 16_000)  # type: ignore[method-assign]
    made = painter(model).generate(plan)
    assert made.sound.samples.shape == (2, round(plan.length_s * RATE_HZ)) and made.sound.rate_hz == RATE_HZ


def test_a_guide_that_is_not_the_plans_is_refused():
    plan, _ = cue(4)
    with pytest.raises(InputError, match="guide of 48000 frames"):
        painter(Double()).generate(plan, keep=Keep(guide=Guide(noise(1, 1.0))))


def test_a_loop_goes_over_into_its_beginning():
    rng = np.random.default_rng(4)
    endless = np.cumsum(rng.normal(0, 1e-3, (2, 3 * RATE_HZ)), axis=1).astype(np.float32)
    out = looped(endless, 2 * RATE_HZ)
    seam = float(np.abs(out[:, 0] - out[:, -1]).max())
    assert out.shape[1] == 2 * RATE_HZ and seam < 0.01
    plan, model = toy_plan(4, bpm=120, loop=True), Double()
    made = painter(model).generate(plan)
    assert made.sound.frames == round(plan.length_s * RATE_HZ) and model.asked[0].length_s == plan.length_s + 2.0


def test_it_is_an_engine_as_all_are():
    assert isinstance(painter(Double()), Generator) and painter(Double()).name == ENGINE
