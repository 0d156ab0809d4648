// The page around CuewrightMusic: sounds read from the page itself, buttons, keys, what is heard now.
const TEXTS = {
  en: {
    play: "Play", stop: "Stop", finish: "To the ending", layers: "How lively", layer: "Layer", intro: "with the intro",
    onbar: "change on the bar line", volume: "Volume", about: "Facts and rights", bar: "bar", waiting: "on the next bar …",
    hint: "Keys: space plays, 1 to $n and ↑ ↓ set how lively it is, letters are signals, Esc ends.",
    success: "Success", danger: "Danger", discovery: "Discovery", rise: "Rise", fall: "Fall",
    facts: "$bpm BPM · $meter · $key · $bars bars, $frames frames", fault: "This browser could not read the sounds: ",
    loop: "Loop", engine: "Composed by", soundfont: "Played with", training: "Learned from", commercial: "In products",
    yes: "allowed by its makers", no: "not allowed", unknown: "not stated", ai: "Made by a program (AI)",
  },
  zh: {
    play: "播放", stop: "停止", finish: "进入结尾", layers: "强度", layer: "层", intro: "先播放前奏",
    onbar: "在小节线切换", volume: "音量", about: "数据与版权", bar: "小节", waiting: "下一小节切换 …",
    hint: "按键：空格播放，1 到 $n 和 ↑ ↓ 调整强度，字母触发提示音，Esc 进入结尾。",
    success: "成功", danger: "危险", discovery: "发现", rise: "上升过渡", fall: "下降过渡",
    facts: "$bpm BPM · $meter · $key · $bars 小节，$frames 采样帧", fault: "浏览器无法读取声音：",
    loop: "循环", engine: "作曲引擎", soundfont: "音色", training: "训练数据", commercial: "商业使用",
    yes: "引擎方允许", no: "不允许", unknown: "未说明", ai: "由程序（AI）创作",
  },
};
const KEYS = { success: "s", danger: "d", discovery: "f", rise: "r", fall: "g" };
const el = (id) => document.getElementById(id);
const manifest = JSON.parse(el("manifest").textContent);
const signals = manifest.pieces.filter((piece) => piece.kind === "stinger" || piece.kind === "transition");
const page = { language: navigator.language.startsWith("zh") ? "zh" : "en", level: 1, context: null, music: null, buffers: null };
const text = (key, facts = {}) => (TEXTS[page.language][key] ?? key).replace(/\$(\w+)/g, (_, name) => facts[name] ?? "");
const short = (piece) => piece.name.replace(/^(stinger|transition)_/, "");

function bytesOf(name) {
  const coded = atob(el(`sound-${name}`).textContent.trim()), bytes = new Uint8Array(coded.length);
  for (let at = 0; at < coded.length; at++) bytes[at] = coded.charCodeAt(at);
  return bytes.buffer;
}

// Every sound as a buffer of the context, cut to the frames that the manifest names.
async function loadSounds(context) {
  const wanted = [...manifest.layers, ...manifest.pieces], buffers = {};
  for (const { name, frames } of wanted) {
    const decoded = await context.decodeAudioData(bytesOf(name));
    buffers[name] = decoded.length === frames ? decoded : cut(context, decoded, frames);
  }
  return buffers;
}

function cut(context, decoded, frames) {
  const whole = context.createBuffer(decoded.numberOfChannels, frames, decoded.sampleRate);
  for (let channel = 0; channel < decoded.numberOfChannels; channel++)
    whole.copyToChannel(decoded.getChannelData(channel).subarray(0, frames), channel);
  return whole;
}

async function ready() {
  if (!page.context) {
    page.context = new AudioContext({ sampleRate: manifest.rate_hz, latencyHint: "interactive" });
    page.volume = page.context.createGain();
    page.volume.gain.value = Number(el("volume").value);
    page.volume.connect(page.context.destination);
  }
  await page.context.resume();
  if (!page.buffers) {
    page.buffers = await loadSounds(page.context);
    drawAll();
  }
}

async function toggle() {
  try {
    if (page.music) return silence();
    await ready();
    page.music = new CuewrightMusic(page.context, manifest, page.buffers, page.volume);
    page.music.start(page.context.currentTime + 0.06, page.level, el("intro").checked);
    page.endS = Infinity;
    show();
    requestAnimationFrame(tick);
  } catch (error) {
    el("fault").hidden = false;
    el("fault").textContent = text("fault") + error.message;
  }
}

function silence() {
  if (page.music) page.music.stop();
  page.music = null;
  show();
}

function setLevel(level) {
  page.level = Math.min(manifest.layers.length, Math.max(0, level));
  if (page.music && page.endS === Infinity) {
    const soonS = page.context.currentTime + 0.02;
    page.changeS = el("onbar").checked ? page.music.nextBar(soonS) : soonS;
    page.music.setLevel(page.level, page.changeS);
  }
  show();
}

// Stingers sound on the next beat; transitions fill a bar and end on its line.
function signal(piece) {
  if (!page.music) return;
  const soonS = page.context.currentTime + 0.02;
  page.music.play(piece.name, piece.kind === "transition" ? page.music.nextBar(soonS) : page.music.nextBeat(soonS));
}

function finish() {
  if (!page.music || page.endS !== Infinity) return;
  page.endS = page.music.finish(page.context.currentTime + 0.02);
  show();
}

function show() {
  document.documentElement.lang = page.language;
  const loop = manifest.loop, playing = Boolean(page.music);
  el("title").textContent = manifest.title;
  el("facts").textContent = text("facts", { bpm: Math.round(manifest.bpm * 100) / 100, meter: manifest.meter, key: manifest.key, bars: loop.bars, frames: loop.frames });
  el("language").textContent = page.language === "zh" ? "English" : "中文";
  el("play").setAttribute("aria-pressed", playing);
  el("play").setAttribute("aria-label", text(playing ? "stop" : "play"));
  el("finish").textContent = text("finish");
  el("finish").disabled = !playing || page.endS !== Infinity;
  el("hint").textContent = text("hint", { n: manifest.layers.length });
  el("layers").setAttribute("aria-label", text("layers"));
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = text(node.dataset.text);
  document.querySelectorAll(".layer").forEach((node, index) => {
    node.classList.toggle("on", index < page.level);
    node.setAttribute("aria-checked", index + 1 === page.level);
    node.querySelector("strong").textContent = `${text("layer")} ${index + 1}`;
  });
  document.querySelectorAll("#signals button").forEach((node, index) => {
    node.disabled = !playing;
    node.firstChild.textContent = text(short(signals[index]));
  });
  aboutRows();
}

function aboutRows() {
  const { licence, loop } = manifest, allowed = licence.commercial_use === null ? "unknown" : licence.commercial_use ? "yes" : "no";
  const rows = [
    [text("loop"), `${loop.length_s.toFixed(3)} s · ${loop.loudness_lufs} LUFS`],
    [text("engine"), [licence.engine, licence.engine_licence].filter(Boolean).join(", ")],
    [text("training"), licence.training_data.join("; ") || "–"],
    [text("soundfont"), `${licence.soundfont}, ${licence.soundfont_licence}`],
    [text("commercial"), text(allowed)],
    ["", text("ai")],
  ];
  el("about").replaceChildren(...rows.flatMap(([name, value]) => {
    const term = document.createElement("dt"), fact = document.createElement("dd");
    term.textContent = name;
    fact.textContent = value;
    return [term, fact];
  }));
}

function build() {
  const pulses = Math.max(1, Math.round(manifest.beats_a_bar));
  el("beats").replaceChildren(...Array.from({ length: pulses }, () => document.createElement("i")));
  manifest.layers.forEach((layer, index) => {
    const button = document.createElement("button");
    button.className = "layer";
    button.type = "button";
    button.setAttribute("role", "radio");
    button.innerHTML = "<b></b><span><strong></strong><small></small></span><canvas></canvas>";
    button.querySelector("b").textContent = index + 1;
    button.querySelector("small").textContent = layer.parts.map((part) => part.replace(/^[a-z]+-/, "")).join(", ");
    button.onclick = () => setLevel(index + 1);
    el("layers").append(button);
  });
  for (const piece of signals) {
    const button = document.createElement("button"), key = KEYS[short(piece)];
    button.type = "button";
    button.append("");
    if (key) button.append(Object.assign(document.createElement("kbd"), { textContent: key.toUpperCase() }));
    button.onclick = () => signal(piece);
    el("signals").append(button);
  }
}

// The outline of a layer's sound, as far as it was played in the accent.
function drawAll() {
  document.querySelectorAll(".layer canvas").forEach((canvas, index) => {
    const data = page.buffers[manifest.layers[index].name].getChannelData(0), columns = 240, step = data.length / columns;
    canvas.outline = Array.from({ length: columns }, (_, column) => {
      let most = 0;
      for (let at = Math.floor(column * step); at < Math.floor((column + 1) * step); at += 16) most = Math.max(most, Math.abs(data[at]));
      return most;
    });
    canvas.most = Math.max(...canvas.outline, 1e-6);
    draw(canvas, 0);
  });
}

function draw(canvas, share) {
  if (!canvas.outline) return;
  const dense = devicePixelRatio || 1, wide = canvas.clientWidth * dense, high = canvas.clientHeight * dense;
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  const pen = canvas.getContext("2d"), look = getComputedStyle(document.documentElement), bar = wide / canvas.outline.length;
  pen.clearRect(0, 0, wide, high);
  canvas.outline.forEach((value, column) => {
    const size = Math.max(dense, (value / canvas.most) * high * 0.95);
    pen.fillStyle = look.getPropertyValue(column / canvas.outline.length < share ? "--accent" : "--edge");
    pen.fillRect(column * bar, (high - size) / 2, Math.max(1, bar * 0.7), size);
  });
}

function tick() {
  const music = page.music;
  if (!music) {
    document.querySelectorAll("#beats i").forEach((node) => node.classList.remove("now"));
    el("where").textContent = "";
    document.querySelectorAll(".layer canvas").forEach((canvas) => draw(canvas, 0));
    return;
  }
  const nowS = page.context.currentTime;
  if (nowS > page.endS) silence();
  const beats = Math.max(0, Math.floor((nowS - music.startedS) / music.beatS + 1e-6));
  const place = Math.floor(beats % manifest.beats_a_bar);
  document.querySelectorAll("#beats i").forEach((node, index) => node.classList.toggle("now", index === place));
  const sinceS = nowS - music.loopS, lengthS = manifest.loop.length_s;
  const bar = sinceS < 0 ? text("intro") : `${text("bar")} ${Math.floor((sinceS % lengthS) / music.barS) + 1} / ${manifest.loop.bars}`;
  el("where").textContent = nowS < (page.changeS ?? 0) ? `${bar} · ${text("waiting")}` : bar;
  document.querySelectorAll(".layer canvas").forEach((canvas) => draw(canvas, sinceS < 0 ? 0 : (sinceS % lengthS) / lengthS));
  requestAnimationFrame(tick);
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input[type=range]")) return;
  const key = event.key.toLowerCase(), onButton = event.target.matches("button, summary, input");
  const piece = signals.find((each) => KEYS[short(each)] === key);
  if (key === " " && !onButton) toggle();
  else if (/^[0-9]$/.test(key) && Number(key) <= manifest.layers.length) setLevel(Number(key));
  else if (key === "arrowup") setLevel(page.level + 1);
  else if (key === "arrowdown") setLevel(page.level - 1);
  else if (key === "escape") finish();
  else if (piece) signal(piece);
  else return;
  event.preventDefault();
}

build();
el("play").onclick = toggle;
el("finish").onclick = finish;
el("language").onclick = () => { page.language = page.language === "zh" ? "en" : "zh"; show(); };
el("volume").oninput = () => { if (page.volume) page.volume.gain.setTargetAtTime(Number(el("volume").value), page.context.currentTime, 0.02); };
document.addEventListener("keydown", pressed);
show();
