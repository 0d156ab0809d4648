// Pictures play along: a playhead moves over every picture with a time line, notes light up while they sound, a click
// on a picture seeks. Conventions: a picture says where its time line lies in data-left, data-right (its own units) and
// data-length-s; notes are strokes "M x y h length" of paths with data-part.
(() => {
  const { sound } = window.cuewright;
  const SVG = "http://www.w3.org/2000/svg";
  const known = new WeakMap();

  // The strokes of one path, and a brighter path above it for those that sound.
  function lights(path) {
    const strokes = [...path.getAttribute("d").matchAll(/M([\d.-]+) ([\d.-]+)h([\d.-]+)/g)];
    const notes = strokes.map(([stroke, x, , length]) => ({ stroke, from: Number(x), to: Number(x) + Number(length) }));
    const lit = document.createElementNS(SVG, "path");
    for (const name of ["stroke", "fill", "data-part"]) lit.setAttribute(name, path.getAttribute(name) ?? "");
    lit.setAttribute("stroke-width", Number(path.getAttribute("stroke-width")) + 2);
    lit.setAttribute("class", "cw-lit");
    path.after(lit);
    return { notes, lit, shown: "" };
  }

  // Where the time line lies is read anew each time, for a picture may be drawn again at another width.
  function followed(picture) {
    if (!known.has(picture)) {
      known.set(picture, [...picture.querySelectorAll("path[data-part]:not(.cw-lit)")].map(lights));
    }
    const { left, right, lengthS } = picture.dataset;
    return { left: +left, across: right - left, lengthS: +lengthS, paths: known.get(picture) };
  }

  const pictures = () => document.querySelectorAll("#take svg[data-length-s]");

  function show() {
    const { timeS } = sound;
    for (const picture of pictures()) {
      const { left, across, lengthS, paths } = followed(picture);
      const x = left + (across * Math.min(timeS, lengthS)) / lengthS;
      const head = picture.querySelector(".playhead");
      head?.setAttribute("visibility", "visible");
      head?.setAttribute("transform", `translate(${x - left} 0)`);
      for (const path of paths) {
        const now = sound.isPlaying ? path.notes.filter(({ from, to }) => from <= x && x < to) : [];
        const shown = now.map(({ stroke }) => stroke).join("");
        if (shown !== path.shown) path.lit.setAttribute("d", shown || "M0 0");
        path.shown = shown;
      }
    }
  }

  let isWatching = false;
  function watch() {
    if (sound.cue) {
      show();
      sound.followed();
      sound.dispatchEvent(new Event("moved"));
    }
    isWatching = sound.isPlaying;
    if (isWatching) requestAnimationFrame(watch);
  }
  sound.addEventListener("change", () => { if (!isWatching) watch(); });

  document.addEventListener("click", (event) => {
    const picture = event.target.closest?.("#take svg[data-length-s]");
    if (!picture || !sound.cue || event.defaultPrevented) return;
    const box = picture.getBoundingClientRect(), { left, across, lengthS } = followed(picture);
    const x = ((event.clientX - box.left) / box.width) * picture.viewBox.baseVal.width;
    sound.seek(Math.max(0, Math.min(1, (x - left) / across)) * lengthS);
  });
})();
