// The time line: fits its width, hits and the arc are dragged with mouse, finger or keys, and sent once, on release.
(() => {
  const SNAP_S = 0.15;
  const SELECTOR = "#view svg.timeline";
  const clock = (s) => {
    const hundredths = Math.round(s * 100);
    const rest = hundredths % 6000;
    return `${Math.floor(hundredths / 6000)}:${String(Math.floor(rest / 100)).padStart(2, "0")}.${String(rest % 100).padStart(2, "0")}`;
  };
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
  const busy = () => document.querySelector("#message textarea")?.disabled;
  const frame = (svg) => {
    const { left, right, lengthS, top, foot } = svg.dataset;
    return { left: +left, right: +right, lengthS: +lengthS, top: +top, foot: +foot };
  };
  const x = (svg, s) => { const { left, right, lengthS } = frame(svg); return left + ((right - left) * s) / lengthS; };
  const y = (svg, value) => { const { top, foot } = frame(svg); return top + ((foot - top) * (1 - value)) / 2; };
  const placeOf = (svg, event) => {
    const { left, right, lengthS, top, foot } = frame(svg);
    const box = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / box.width;
    return {
      s: clamp((((event.clientX - box.left) * scale - left) / (right - left)) * lengthS, 0, lengthS),
      value: clamp(1 - (2 * ((event.clientY - box.top) * scale - top)) / (foot - top), -1, 1),
    };
  };
  const snapped = (svg, s) => {
    const cuts = JSON.parse(svg.dataset.cuts);
    const near = cuts.reduce((best, cut) => (Math.abs(cut - s) < Math.abs(best - s) ? cut : best), Infinity);
    return Math.abs(near - s) <= SNAP_S ? near : Math.round(s * 100) / 100;
  };

  // Drawing -------------------------------------------------------------------------------------------------------
  const drawArc = (svg, arc) => {
    const { lengthS } = frame(svg);
    for (const [place, name] of [[1, "valence"], [2, "arousal"]]) {
      const points = arc.map((point) => [x(svg, point[0] * lengthS), y(svg, point[place])]);
      svg.querySelector(`.curve.${name}`).setAttribute("d", "M" + points.map((point) => point.join(" ")).join("L"));
      svg.querySelectorAll(`.handle.${name}`).forEach((handle, index) => {
        handle.setAttribute("transform", `translate(${points[index].join(" ")})`);
        handle.setAttribute("aria-valuenow", arc[index][place].toFixed(2));
      });
    }
  };
  const drawHit = (svg, hit, s) => {
    hit.setAttribute("transform", `translate(${x(svg, s)} 0)`);
    hit.setAttribute("aria-valuenow", s);
    hit.setAttribute("aria-valuetext", clock(s));
    const time = hit.querySelector(".time");
    time.textContent = clock(s);
    const { left, right } = frame(svg);
    time.setAttribute("x", Math.max(0, left + 4 - x(svg, s)) - Math.max(0, x(svg, s) - right + 10));
  };
  const place = (svg) => {
    const width = Math.round(svg.getBoundingClientRect().width);
    if (!width) return;
    svg.setAttribute("viewBox", `0 0 ${width} ${svg.viewBox.baseVal.height}`);
    svg.dataset.right = width - svg.dataset.margin;
    const { right } = frame(svg);
    for (const box of svg.querySelectorAll("[data-from]")) {
      const [from, to] = [x(svg, +box.dataset.from), Math.min(right, x(svg, +box.dataset.to))];
      box.setAttribute("x", from);
      box.setAttribute("width", Math.max(0, to - from));
    }
    svg.querySelectorAll(".level").forEach((level) => level.setAttribute("x2", right));
    let last = -Infinity;
    for (const group of svg.querySelectorAll("g[data-s]")) {
      const across = x(svg, +group.dataset.s) + +(group.dataset.shift || 0);
      group.setAttribute("transform", `translate(${across} 0)`);
      if (group.matches(".tick")) {
        const crowded = across - last < 42;
        group.style.display = crowded ? "none" : "";
        if (!crowded) last = across;
      }
      const name = group.querySelector(".stage");
      if (name) name.style.display = x(svg, +name.dataset.room) - across < name.getComputedTextLength() + 2 ? "none" : "";
    }
    let before = -Infinity;
    let raised = false;
    for (const hit of svg.querySelectorAll(".hit")) { // times of hits that stand close together take turns above
      drawHit(svg, hit, +hit.dataset.s);
      raised = x(svg, +hit.dataset.s) - before < 50 && !raised;
      before = x(svg, +hit.dataset.s);
      hit.querySelector(".time").setAttribute("y", raised ? 12 : 26);
    }
    drawArc(svg, JSON.parse(svg.dataset.arc));
  };
  const placeAll = () => document.querySelectorAll(SELECTOR).forEach((svg) => {
    if (svg.dataset.width === String(svg.clientWidth)) return;
    svg.dataset.width = svg.clientWidth;
    place(svg);
  });

  // Moving --------------------------------------------------------------------------------------------------------
  const send = (svg, field, value) => {
    window.cuewright.send(svg, field, value);
    const settle = () => { // where nothing came of it, everything goes back to where it is
      if (svg.isConnected) busy() ? setTimeout(settle, 500) : place(svg);
    };
    setTimeout(settle, 3000);
  };
  const movers = { // how a hit and a handle follow, what they are worth, and how keys move them
    hit: (svg, target) => {
      let s = +target.dataset.s;
      const to = (next) => { s = next; drawHit(svg, target, s); };
      return {
        follow: (at) => to(snapped(svg, at.s)),
        key: (event) => {
          const step = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1 }[event.key];
          if (step) to(clamp(Math.round((s + step * (event.shiftKey ? 1 : 0.1)) * 100) / 100, 0, frame(svg).lengthS));
          return Boolean(step);
        },
        moved: () => Math.abs(s - target.dataset.s) > 0.004,
        send: () => send(svg, `hits[${target.dataset.place}]`, s),
      };
    },
    handle: (svg, target) => {
      const arc = JSON.parse(svg.dataset.arc);
      const before = JSON.stringify(arc);
      const index = +target.dataset.place;
      const place = target.dataset.dimension === "valence" ? 1 : 2;
      const set = (at, value) => {
        const inner = index > 0 && index < arc.length - 1;
        if (inner) arc[index][0] = clamp(at, arc[index - 1][0] + 0.01, arc[index + 1][0] - 0.01);
        arc[index][place] = Math.round(clamp(value, -1, 1) * 100) / 100;
        drawArc(svg, arc);
      };
      let loose = false; // a handle leaves its time only when it is pulled aside on purpose
      const home = x(svg, arc[index][0] * frame(svg).lengthS);
      return {
        follow: (at) => {
          loose = loose || Math.abs(x(svg, at.s) - home) > 14;
          set(loose ? at.s / frame(svg).lengthS : arc[index][0], at.value);
        },
        key: (event) => {
          const [aside, up] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key] || [];
          if (aside === undefined) return false;
          set(arc[index][0] + aside * 0.01, arc[index][place] + up * (event.shiftKey ? 0.25 : 0.05));
          return true;
        },
        moved: () => JSON.stringify(arc) !== before,
        send: () => send(svg, "arc", arc),
      };
    },
  };
  let held = null; // what is being moved: by a pointer until it is released, by keys until Enter, Escape or leaving
  const hold = (target, pointer) => {
    const svg = target.closest(SELECTOR);
    held = { svg, target, pointer, ...movers[target.matches(".hit") ? "hit" : "handle"](svg, target) };
    target.classList.add("held");
  };
  const release = (keep) => {
    if (!held) return;
    const { svg, target, moved, send } = held;
    held = null;
    target.classList.remove("held");
    if (keep && moved()) send();
    else place(svg);
  };
  let stroke = null;
  const pressed = (svg) => svg.closest("figure").querySelector('[data-tool="draw"][aria-pressed="true"]');
  const press = (figure, button) => {
    for (const other of figure.querySelectorAll('[data-tool="draw"]')) {
      other.setAttribute("aria-pressed", String(other === button && other.getAttribute("aria-pressed") !== "true"));
    }
    figure.querySelector("svg.timeline").classList.toggle("drawing", Boolean(figure.querySelector('[aria-pressed="true"]')));
  };
  const drawStroke = (svg, points, dimension) => {
    const path = svg.querySelector(".stroke");
    const { lengthS } = frame(svg);
    path.setAttribute("class", `stroke ${dimension}`);
    path.setAttribute("d", points.length ? "M" + points.map(([at, v]) => `${x(svg, at * lengthS)} ${y(svg, v)}`).join("L") : "");
  };

  document.addEventListener("pointerdown", (event) => {
    const svg = event.target.closest && event.target.closest(SELECTOR);
    if (!svg || event.button || busy()) return;
    const tool = pressed(svg);
    const target = event.target.closest(".hit, .handle");
    if (tool) {
      stroke = { svg, pointer: event.pointerId, dimension: tool.dataset.dimension, points: [] };
    } else if (target) {
      release(true);
      target.focus({ preventScroll: true });
      hold(target, event.pointerId);
    } else return;
    event.preventDefault();
    svg.setPointerCapture(event.pointerId);
  });
  document.addEventListener("pointermove", (event) => {
    if (held && held.pointer === event.pointerId) held.follow(placeOf(held.svg, event));
    if (!stroke || stroke.pointer !== event.pointerId) return;
    const { svg, points, dimension } = stroke;
    const at = placeOf(svg, event);
    const share = at.s / frame(svg).lengthS;
    while (points.length && points[points.length - 1][0] >= share) points.pop(); // going back draws it anew
    points.push([share, at.value]);
    drawStroke(svg, points, dimension);
  });
  const lifted = (event) => {
    const keep = event.type === "pointerup";
    if (held && held.pointer === event.pointerId) release(keep);
    if (!stroke || stroke.pointer !== event.pointerId) return;
    const { svg, points, dimension } = stroke;
    stroke = null;
    if (!keep || points.length < 2 || points[points.length - 1][0] - points[0][0] < 0.02) return drawStroke(svg, [], dimension);
    press(svg.closest("figure"), null);
    const step = Math.ceil(points.length / 150);
    send(svg, `arc.${dimension}`, points.filter((_, index) => index % step === 0 || index === points.length - 1));
  };
  document.addEventListener("pointerup", lifted);
  document.addEventListener("pointercancel", lifted);
  document.addEventListener("keydown", (event) => {
    const target = event.target.closest && event.target.closest(`${SELECTOR} :is(.hit, .handle)`);
    if (!target || busy()) return;
    if (event.key === "Escape") { release(false); return; }
    if (event.key === "Enter") { release(true); return; }
    if (target.matches(".hit") && (event.key === "Delete" || event.key === "Backspace")) {
      event.preventDefault();
      release(false);
      return send(target.closest(SELECTOR), `hits[${target.dataset.place}]`, null);
    }
    if (!event.key.startsWith("Arrow")) return;
    if (!held || held.target !== target) { release(true); hold(target, null); }
    if (held.key(event)) event.preventDefault();
  });
  document.addEventListener("focusout", (event) => {
    if (held && held.pointer === null && held.target === event.target) release(true);
  });
  const addHit = (svg, s) => { if (!busy()) send(svg, "hits.add", snapped(svg, s)); };
  document.addEventListener("dblclick", (event) => {
    const svg = event.target.closest && event.target.closest(SELECTOR);
    if (svg && !pressed(svg) && !event.target.closest(".hit, .handle")) addHit(svg, placeOf(svg, event).s);
  });
  document.addEventListener("click", (event) => {
    const svg = event.target.closest && event.target.closest(SELECTOR);
    if (svg && (pressed(svg) || event.target.closest(".hit, .handle"))) event.stopPropagation(); // no seeking with these
    const tool = event.target.closest && event.target.closest("#view [data-tool]");
    if (!tool) return;
    const figure = tool.closest("figure");
    if (tool.dataset.tool === "draw") return press(figure, tool);
    const line = figure.querySelector("svg.timeline");
    addHit(line, window.cuewright?.sound?.timeS || freePlace(line));
  }, true);
  const freePlace = (svg) => { // the middle of the longest stretch without a hit
    const times = [0, ...[...svg.querySelectorAll(".hit")].map((hit) => +hit.dataset.s), frame(svg).lengthS].sort((a, b) => a - b);
    const gaps = times.slice(1).map((time, index) => [time - times[index], (time + times[index]) / 2]);
    return gaps.reduce((best, gap) => (gap[0] > best[0] ? gap : best))[1];
  };
  window.cuewright = { ...window.cuewright, shown: () => { placeAll(); window.cuewright.refocus(); } };
  window.addEventListener("resize", placeAll);
})();
