const root = document.querySelector(".stage");
const cue = JSON.parse(root.dataset.cue);
const bars = [...document.querySelectorAll("[data-start-s]")].map((place) => ({
  place,
  start: Number(place.dataset.startS),
  end: Number(place.dataset.endS),
  chords: [...place.querySelectorAll("span")].map((name) => name.textContent).join("  ").replace("·", ""),
}));
const players = [...document.querySelectorAll("audio.mix, video")];
const main = players[0];
const pictures = [...document.querySelectorAll("svg[data-length-s]:not(.before)")];
const rulers = [...document.querySelectorAll(".ruled")];
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const find = (name) => root.querySelector(name);
const [button, line, clock] = [".play", ".line", ".clock"].map(find);
const stems = new Map(cue.parts.map((part) => [part.id, document.querySelector(`audio[data-part="${CSS.escape(part.id)}"]`)]));
const chips = [...root.querySelectorAll("[data-part]")];
let heard = main, now = 0, shownBar = null, muted = new Set(), soloed = new Set();

const isHeard = (id) => (soloed.size ? soloed.has(id) : !muted.has(id));
const isMixed = () => soloed.size > 0 || muted.size > 0;
const written = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
const sectionAt = (at) => cue.sections.reduce((name, [start, text]) => (at >= start - 0.01 ? text : name), "");
const drawStage = stageOf(find(".roll-live"), cue, bars, calm);
const drawOverview = overviewOf(find(".line canvas"), cue);

// Stems follow the clock of the mix: those that have run apart by little are nudged, by much are set anew.
const follow = () => {
  const mixed = isMixed() && heard === main;
  main.muted = mixed;
  for (const [id, stem] of stems) {
    if (!stem) continue;
    const plays = mixed && isHeard(id) && !main.paused;
    if (!plays) {
      if (!stem.paused) stem.pause();
      continue;
    }
    const ahead = stem.currentTime - main.currentTime;
    if (stem.paused || Math.abs(ahead) > 0.12) {
      stem.preload = "auto";
      stem.currentTime = main.currentTime;
    }
    stem.preservesPitch = false;
    stem.playbackRate = Math.max(0.97, Math.min(1.03, 1 - ahead / 2));
    if (stem.paused) stem.play().catch(() => {});
  }
};
const show = () => {
  const share = Math.min(1, now / cue.length);
  for (const picture of pictures) {
    const { left, right, lengthS } = picture.dataset;
    const head = picture.querySelector(".playhead");
    if (!head) continue;
    head.setAttribute("visibility", "visible");
    head.setAttribute("transform", `translate(${((right - left) * Math.min(now, lengthS)) / lengthS} 0)`);
  }
  for (const ruler of rulers) ruler.style.setProperty("--at", share);
  const at = Math.min(bars.length, firstFrom(bars, now + 1e-6, (bar) => bar.start)) - 1;
  const bar = bars[at] && now < bars[at].end ? bars[at] : null;
  if (bar !== shownBar) {
    if (shownBar) shownBar.place.classList.remove("now");
    if (bar) bar.place.classList.add("now");
    shownBar = bar;
  }
  clock.textContent = `${written(now)} / ${written(cue.length)}`;
  line.setAttribute("aria-valuenow", Math.round(now));
  line.setAttribute("aria-valuetext", `${written(now)}, ${sectionAt(now)}`);
  find(".section-now").textContent = sectionAt(now);
  drawStage(now, isHeard);
};
const isPlaying = () => heard && !heard.paused && !heard.ended;
const tick = () => {
  now = heard.currentTime;
  follow();
  show();
  if (isPlaying()) requestAnimationFrame(tick);
};
const seek = (seconds) => {
  now = Math.max(0, Math.min(cue.length - 0.02, seconds));
  if (heard) heard.currentTime = now;
  follow();
  show();
};
const play = () => { if (heard) heard.play().catch(() => {}); };
const toggle = () => { if (isPlaying()) heard.pause(); else play(); };
const mixAnew = () => {
  for (const chip of chips) {
    chip.classList.toggle("off", !isHeard(chip.dataset.part));
    chip.querySelector(".solo")?.setAttribute("aria-pressed", soloed.has(chip.dataset.part));
    chip.querySelector(".mute")?.setAttribute("aria-pressed", muted.has(chip.dataset.part));
  }
  for (const row of document.querySelectorAll(".stem[data-part]")) row.classList.toggle("off", !isHeard(row.dataset.part));
  find(".everyone").hidden = !isMixed();
  follow();
  show();
};
const flip = (set, id) => { if (!set.delete(id)) set.add(id); mixAnew(); };
const everyone = () => { muted.clear(); soloed.clear(); mixAnew(); };
const nextHit = () => {
  const next = cue.hits.find(([at]) => at - 1.5 > now + 0.05) || cue.hits[0];
  if (next) { seek(next[0] - 1.5); play(); }
};

// A report that was taken away from its folder shows no players that cannot play; the score can still be wandered through.
for (const player of players) {
  player.addEventListener("error", () => {
    if (player === main) root.classList.add("silent"); else player.closest("section").style.display = "none";
  });
  player.addEventListener("play", () => {
    for (const other of players) if (other !== player) other.pause();
    heard = player;
    tick();
  });
  for (const what of ["play", "pause", "ended"]) player.addEventListener(what, () => {
    root.classList.toggle("playing", isPlaying());
    button.setAttribute("aria-label", isPlaying() ? button.dataset.pause : button.dataset.play);
    follow();
  });
  player.addEventListener("seeked", () => { if (player === heard && !isPlaying()) tick(); });
}
for (const [id, stem] of stems) stem?.addEventListener("error", () => {
  stems.set(id, null);
  for (const chip of chips) if (chip.dataset.part === id) for (const key of chip.querySelectorAll("button")) key.hidden = true;
});
for (const player of [main, ...stems.values()]) player?.removeAttribute("controls");
button.addEventListener("click", toggle);
find(".everyone").addEventListener("click", everyone);
for (const chip of chips) {
  chip.querySelector(".solo")?.addEventListener("click", () => flip(soloed, chip.dataset.part));
  chip.querySelector(".mute")?.addEventListener("click", () => flip(muted, chip.dataset.part));
}
for (const jump of document.querySelectorAll("[data-from-s]")) jump.addEventListener("click", () => { heard = main; seek(Number(jump.dataset.fromS)); play(); });
for (const picture of pictures) picture.addEventListener("click", (event) => {
  const box = picture.getBoundingClientRect();
  const { left, right, lengthS } = picture.dataset;
  const across = ((event.clientX - box.left) / box.width) * picture.viewBox.baseVal.width;
  seek(Math.max(0, Math.min(1, (across - left) / (right - left))) * lengthS);
});
for (const bar of bars) bar.place.addEventListener("click", () => seek(bar.start + 0.01));
const dragTo = (event) => {
  const box = event.currentTarget.getBoundingClientRect();
  seek(((event.clientX - box.left) / box.width) * cue.length);
};
for (const place of [line, ...rulers.filter((ruler) => ruler !== line)]) {
  place.addEventListener("pointerdown", (event) => { event.currentTarget.setPointerCapture(event.pointerId); dragTo(event); });
  place.addEventListener("pointermove", (event) => { if (event.buttons) dragTo(event); });
}
const KEYS = {
  " ": toggle, k: toggle, h: nextHit, 0: everyone, Home: () => seek(0), End: () => seek(cue.length),
  ArrowLeft: () => seek(now - 5), ArrowRight: () => seek(now + 5),
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const on = event.target;
  const isOwn = on.closest("button, a, summary, video, audio, input");
  if (isOwn && (event.key === " " || on.closest("video, audio, input"))) return;
  if (["Home", "End"].includes(event.key) && on !== line) return;
  const part = cue.parts[Number(event.key) - 1];
  if (part && stems.get(part.id)) flip(soloed, part.id);
  else if (KEYS[event.key]) KEYS[event.key]();
  else return;
  event.preventDefault();
});
const redraw = () => { drawOverview(); show(); };
const paint = () => { document.querySelectorAll("canvas.spectrum").forEach(paintSpectrum); redraw(); };
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
new ResizeObserver(redraw).observe(root);
root.classList.add("ready");
paint();
