// The stage: every note of the cue runs past a line while it sounds. Below it, the whole cue in small.
const unpacked = (text) => {
  const raw = atob(text);
  const view = new DataView(Uint8Array.from(raw, (letter) => letter.charCodeAt(0)).buffer);
  const notes = [];
  for (let at = 0; at < raw.length; at += 8) {
    const start = view.getUint32(at, true) / 1000;
    notes.push({ start, end: start + view.getUint16(at + 4, true) / 100, pitch: view.getUint8(at + 6), velocity: view.getUint8(at + 7) });
  }
  return notes;
};

// The first place of a sorted list whose value is not below a goal.
const firstFrom = (list, goal, value) => {
  let low = 0, high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value(list[middle]) < goal) low = middle + 1; else high = middle;
  }
  return low;
};

const sized = (canvas) => {
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  const width = canvas.clientWidth, height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return { pen, width, height };
};

const stageOf = (canvas, cue, bars, calm) => {
  const parts = cue.parts.map((part) => {
    const notes = unpacked(part.notes);
    return { ...part, notes, longest: notes.reduce((most, note) => Math.max(most, note.end - note.start), 0) };
  });
  const pitched = parts.filter((part) => !part.drums).flatMap((part) => part.notes.map((note) => note.pitch));
  const low = pitched.reduce((least, pitch) => Math.min(least, pitch), 127) - 2;
  const high = pitched.reduce((most, pitch) => Math.max(most, pitch), low + 12) + 2;
  const keys = [...new Set(parts.filter((part) => part.drums).flatMap((part) => part.notes.map((note) => note.pitch)))].sort((a, b) => b - a);
  const TOP = 50, FOOT = 14;

  return (now, isHeard) => {
    const { pen, width, height } = sized(canvas);
    if (!width) return;
    const span = Math.max(4, Math.min(9, width / 105));
    const head = width * 0.3;
    const from = calm ? Math.floor(now / span) * span : now - (head / width) * span;
    const x = (at) => ((at - from) / span) * width;
    const lanes = keys.length ? Math.min(0.3 * height, keys.length * 11 + 8) : 0;
    const floor = height - FOOT - lanes;
    const row = (floor - TOP) / (high - low + 1);
    pen.font = "600 12px system-ui, sans-serif";
    pen.textBaseline = "middle";
    const first = Math.max(0, firstFrom(bars, from, (bar) => bar.start) - 1);
    for (let at = first; at < bars.length && bars[at].start < from + span; at += 1) {
      const place = x(bars[at].start);
      pen.fillStyle = "rgba(255,255,255,.07)";
      pen.fillRect(place, TOP - 12, 1, height - TOP);
      pen.fillStyle = now >= bars[at].start && now < bars[at].end ? "rgba(255,255,255,.95)" : "rgba(255,255,255,.45)";
      if (place > -60) pen.fillText(bars[at].chords, place + 5, TOP - 8);
    }
    for (const part of [...parts].reverse()) { // the tune lies on top
      const heard = isHeard(part.id);
      const begin = firstFrom(part.notes, from - part.longest, (note) => note.start);
      for (let at = begin; at < part.notes.length && part.notes[at].start < from + span; at += 1) {
        const note = part.notes[at];
        if (note.end < from) continue;
        const left = x(note.start), sounding = heard && now >= note.start && now < note.end;
        const across = Math.max(3, x(note.end) - left - 1);
        const tall = part.drums ? lanes / keys.length - 3 : Math.max(3.5, Math.min(13, row * 1.25));
        const middle = part.drums ? floor + 8 + ((keys.indexOf(note.pitch) + 0.5) * (lanes - 8)) / keys.length : TOP + (high - note.pitch + 0.5) * row;
        const strength = 0.45 + (0.55 * note.velocity) / 127;
        const past = note.end < now && !part.drums ? 0.38 : 1;
        pen.fillStyle = part.colour;
        if (sounding && !calm) {
          pen.globalAlpha = 0.28;
          pen.beginPath();
          pen.roundRect(left - 4, middle - tall / 2 - 4, across + 8, tall + 8, 7);
          pen.fill();
        }
        pen.globalAlpha = heard ? strength * past : 0.1;
        pen.beginPath();
        pen.roundRect(left, middle - tall / 2, across, tall, Math.min(4, tall / 2));
        pen.fill();
        if (sounding) {
          pen.globalAlpha = 0.45;
          pen.fillStyle = "#fff";
          pen.fill();
        }
      }
    }
    pen.globalAlpha = 1;
    for (const [at, kind] of cue.hits) {
      const place = x(at), since = now - at;
      if (place < -80 || place > width + 20) continue;
      pen.fillStyle = "#fff";
      pen.globalAlpha = since > 0 ? 0.35 : 0.9;
      pen.fillRect(place - 0.75, 24, 1.5, height - 24 - FOOT);
      pen.beginPath();
      pen.moveTo(place, 12); pen.lineTo(place + 6, 18); pen.lineTo(place, 24); pen.lineTo(place - 6, 18);
      pen.fill();
      pen.fillText(kind, place + 11, 18);
      if (!calm && since >= 0 && since < 0.7) {
        pen.globalAlpha = 0.8 * (1 - since / 0.7);
        pen.strokeStyle = "#fff";
        pen.lineWidth = 2;
        pen.beginPath();
        pen.arc(place, 18, 8 + 60 * since, 0, 7);
        pen.stroke();
      }
      pen.globalAlpha = 1;
    }
    pen.fillStyle = "#ff9d6b";
    pen.fillRect(x(now) - 1, TOP - 18, 2, height - TOP + 18);
  };
};

const overviewOf = (canvas, cue) => () => {
  const { pen, width, height } = sized(canvas);
  if (!width) return;
  const x = (at) => (at / cue.length) * width;
  const style = getComputedStyle(canvas);
  const ink = style.color, accent = style.getPropertyValue("--accent").trim() || ink;
  cue.sections.forEach(([start], place) => {
    const end = place + 1 < cue.sections.length ? cue.sections[place + 1][0] : cue.length;
    pen.globalAlpha = place % 2 ? 0.1 : 0.05;
    pen.fillStyle = ink;
    pen.fillRect(x(start), 0, x(end) - x(start), height);
  });
  pen.globalAlpha = 0.75;
  pen.fillStyle = accent;
  const step = width / Math.max(1, cue.loud.length);
  cue.loud.forEach((level, place) => {
    const tall = Math.max(1, (level / 99) * (height - 6));
    pen.fillRect(place * step, height - tall, Math.max(1, step - (step > 2.5 ? 1 : 0)), tall);
  });
  pen.globalAlpha = 1;
  pen.fillStyle = ink;
  for (const [at] of cue.hits) {
    pen.fillRect(x(at) - 0.5, 0, 1, height);
    pen.beginPath();
    pen.moveTo(x(at) - 4, 0); pen.lineTo(x(at) + 4, 0); pen.lineTo(x(at), 6);
    pen.fill();
  }
};

// The spectrogram, in colours that fit a light page and a dark one.
const DARK = [[19, 21, 25], [54, 33, 92], [150, 48, 102], [232, 98, 52], [255, 214, 120]];
const LIGHT = [[255, 255, 255], [250, 219, 186], [240, 150, 96], [176, 56, 84], [52, 24, 80]];
const paintSpectrum = (canvas) => {
  const columns = Number(canvas.dataset.columns), rows = Number(canvas.dataset.rows);
  const raw = atob(canvas.dataset.levels);
  const colours = matchMedia("(prefers-color-scheme: dark)").matches ? DARK : LIGHT;
  canvas.width = columns;
  canvas.height = rows;
  const pen = canvas.getContext("2d"), image = pen.createImageData(columns, rows);
  for (let at = 0; at < columns * rows; at += 1) {
    const level = (raw.charCodeAt(at >> 1) >> (at % 2 ? 0 : 4)) & 15;
    const place = (level / 15) * (colours.length - 1), below = Math.min(colours.length - 2, Math.floor(place));
    const target = 4 * ((rows - 1 - (at % rows)) * columns + Math.floor(at / rows));
    for (let channel = 0; channel < 3; channel += 1) {
      const [first, second] = [colours[below][channel], colours[below + 1][channel]];
      image.data[target + channel] = first + (second - first) * (place - below);
    }
    image.data[target + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
};
