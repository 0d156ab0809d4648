// Plays the music while it is made: pieces in a row, each on the very sample where the one before ended.
// Conventions: times in seconds, frames at the pieces' rate. A sound context is made on the visitor's own click or key,
// as browsers want it. For others: window.cwStream is an EventTarget with stop(), isPlaying, timeS and the events
// "start", "at" (each frame of the screen), "end" and "stop"; its record tells when pieces came and when they sound.
(() => {
  const LEAD_S = 0.1; // from the first piece to its sound, and after a gap
  const LATE_S = 0.01; // a piece must be there so long before its time
  const FADE_S = 0.03;
  let ctx = null;

  function awake(rate = 48000) {
    ctx ??= new AudioContext({ sampleRate: rate });
    if (ctx.state === "suspended") ctx.resume();
  }
  for (const gesture of ["pointerdown", "keydown", "touchend"]) {
    document.addEventListener(gesture, () => awake(), { capture: true, passive: true });
  }

  const sounding = () =>
    Boolean(window.cuewright?.sound?.isPlaying) ||
    [...document.querySelectorAll("#take audio, #take video")].some((media) => !media.paused && !media.ended);

  class Stream extends EventTarget {
    run = null; // the id of what is heard, or was last
    record = [];
    underruns = 0;
    #live = null;
    #dropped = new Set();
    #queue = Promise.resolve();

    get isPlaying() { return Boolean(this.#live); }
    get timeS() { return this.#live ? Math.max(0, ctx.currentTime - this.#live.zeroS) : 0; }

    // The pieces of a run as far as they are there; what was had before is passed over.
    take(run, rate, pieces, isLast) {
      if (this.#dropped.has(run)) return;
      if (run !== this.run) this.#begin(run);
      const fresh = pieces.slice(this.taken);
      this.taken = Math.max(this.taken, pieces.length);
      for (const [at, [address, start, frames]] of fresh.entries()) {
        const arrivedS = performance.now() / 1000, sound = fetch(address).then((answer) => {
          if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
          return answer.arrayBuffer();
        }).then((bytes) => this.#decoded(bytes, rate));
        sound.catch(() => {});
        const ends = isLast && at === fresh.length - 1;
        this.#queue = this.#queue.then(() => this.#play(run, rate, sound, { start, frames, arrivedS, ends }))
          .catch(() => this.#drop(run, "failed"));
      }
    }

    // Silence, at once; what is still to come of this run stays silent too.
    stop() { this.#finish("stop"); if (this.run) this.#dropped.add(this.run); }

    #begin(run) {
      this.#finish("stop");
      if (this.run) this.#dropped.add(this.run);
      Object.assign(this, { run, taken: 0, record: [], underruns: 0, why: "" });
      if (sounding()) this.#drop(run, "listening");
    }

    #decoded(bytes, rate) { awake(rate); return ctx.decodeAudioData(bytes); }

    #drop(run, why) {
      this.#dropped.add(run);
      if (run === this.run) { this.why = why; this.#finish("stop"); }
    }

    async #play(run, rate, sound, piece) {
      const buffer = await sound;
      if (run !== this.run || this.#dropped.has(run)) return;
      if (!this.#live) {
        if (sounding()) return this.#drop(run, "listening");
        if (ctx.state !== "running") await Promise.race([ctx.resume(), new Promise((done) => setTimeout(done, 300))]);
        if (ctx.state !== "running") return this.#drop(run, "no gesture");
        if (run !== this.run || this.#dropped.has(run)) return;
        this.#start(rate);
      }
      const live = this.#live;
      let whenS = live.zeroS + piece.start / rate;
      if (piece.start && whenS < ctx.currentTime + LATE_S) {
        const later = Math.ceil((ctx.currentTime + LEAD_S - whenS) * rate) / rate;
        live.zeroS += later;
        whenS += later;
        this.underruns++;
      }
      const node = ctx.createBufferSource();
      node.buffer = buffer;
      node.connect(live.fader);
      node.start(whenS);
      live.nodes.push(node);
      if (piece.ends) node.onended = () => { if (this.#live === live) this.#finish("end"); };
      this.record.push({ ...piece, whenS, scheduledS: ctx.currentTime, buffered: buffer.length });
    }

    #start(rate) {
      const fader = ctx.createGain();
      fader.gain.value = window.cuewright?.sound?.volume ?? 1;
      fader.connect(ctx.destination);
      this.#live = { fader, nodes: [], zeroS: Math.ceil((ctx.currentTime + LEAD_S) * rate) / rate };
      this.startedMs = performance.now() + 1000 * LEAD_S;
      this.#tell("start");
      const live = this.#live, frame = () => {
        if (this.#live !== live) return;
        this.#tell("at");
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    }

    #finish(how) {
      const live = this.#live;
      if (!live) return;
      this.stoppedAtS = this.timeS;
      this.#live = null;
      live.fader.gain.setValueAtTime(live.fader.gain.value, ctx.currentTime);
      live.fader.gain.linearRampToValueAtTime(0, ctx.currentTime + FADE_S);
      for (const node of live.nodes) { try { node.stop(ctx.currentTime + FADE_S); } catch { /* it has ended */ } }
      setTimeout(() => live.fader.disconnect(), 1000 * FADE_S + 100);
      this.#tell(how);
    }

    #tell(what) { this.dispatchEvent(new Event(what)); }
  }

  const stream = (window.cwStream = new Stream());

  class Element extends HTMLElement {
    static observedAttributes = ["data-told"]; // Gradio changes what stands there as often as it puts a new one

    attributeChangedCallback() {
      const { run, rate, pieces, isLast, hush } = JSON.parse(this.dataset.told);
      stream.words = hush;
      stream.take(run, rate, pieces, isLast);
    }

    disconnectedCallback() { // what is begun anew, or has failed, sounds no further
      setTimeout(() => document.querySelector("cw-stream") || stream.stop());
    }
  }
  customElements.define("cw-stream", Element);

  // One button to silence it, there while it sounds.
  const button = Object.assign(document.createElement("button"), { type: "button", id: "hush", className: "cw-hush" });
  button.addEventListener("click", () => stream.stop());
  stream.addEventListener("start", () => {
    button.textContent = stream.words;
    document.querySelector("#stream")?.after(button);
  });
  for (const how of ["stop", "end"]) stream.addEventListener(how, () => {
    button.remove();
    for (const head of document.querySelectorAll("#take svg[data-length-s] .playhead")) head.setAttribute("visibility", "hidden");
  });

  // Playheads go along, where no other player moves them.
  stream.addEventListener("at", () => {
    for (const picture of document.querySelectorAll("#take svg[data-length-s]")) {
      const { left, right, lengthS } = picture.dataset, head = picture.querySelector(".playhead");
      head?.setAttribute("visibility", "visible");
      head?.setAttribute("transform", `translate(${((right - left) * Math.min(stream.timeS, lengthS)) / lengthS} 0)`);
    }
  });

  // Stop stops it at once; a player that is started takes over where it stands.
  document.addEventListener("click", (event) => { if (event.target.closest?.("#stop")) stream.stop(); }, true);
  document.addEventListener("play", (event) => {
    const media = event.target;
    if (!stream.isPlaying || !media.closest?.("#take")) return;
    if (media.currentTime < 0.5 && stream.timeS < media.duration) media.currentTime = stream.timeS;
    stream.stop();
  }, true);
  const others = () => window.cuewright?.sound?.addEventListener("change", () => {
    const { sound } = window.cuewright, { isPlaying, timeS } = stream;
    if (!sound.isPlaying || !isPlaying) return;
    stream.stop();
    if (sound.timeS < 0.5 && timeS < sound.lengthS) sound.seek(timeS);
  });
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", others) : others();
})();
