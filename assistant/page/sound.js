// Makes takes sound: one clock for film, mix, stems and two takes at once. Web Audio alone; nothing from elsewhere.
// Conventions: times in seconds, levels in dB, gains as ratios. A mix plays from its file; only what must stay together
// to the sample (stems, two takes) is decoded, on a "deck" whose tracks start at the same moment of the same clock.
(() => {
  const FADE_S = 0.015; // long enough to hide a step, too short to hear
  const LEAD_S = 0.05; // what starts together is told so a little before
  const MOST_BYTES = 300e6; // decoded sound beyond this is kept at a lower rate
  const GAIN_HZ = 8000; // of the curve that mastering put on the sum of the stems
  const CEILING_LUFS = -14; // nothing is played louder than this

  const turnedDownDb = (lufs) => Math.min(0, CEILING_LUFS - lufs);
  const ratio = (db) => 10 ** (db / 20);

  async function decoded(address, rate) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    return new OfflineAudioContext(2, 1, rate).decodeAudioData(await answer.arrayBuffer());
  }

  function rateFor(lengthS, tracks) {
    return [48000, 24000, 12000].find((rate) => lengthS * rate * 8 * tracks <= MOST_BYTES) ?? 8000;
  }

  const channel = (buffer, number) => buffer.getChannelData(Math.min(number, buffer.numberOfChannels - 1));

  // The gain that turns the sum of the stems into the mix, by least squares in short blocks.
  function masteringCurve(stems, mix) {
    const step = Math.round(mix.sampleRate / GAIN_HZ), count = Math.ceil(mix.length / step);
    const curve = new Float32Array(count), across = new Float64Array(count), power = new Float64Array(count);
    for (const number of [0, 1]) {
      const sum = new Float32Array(mix.length), wanted = channel(mix, number);
      for (const stem of stems) {
        const samples = channel(stem, number);
        for (let at = Math.min(samples.length, sum.length); at--; ) sum[at] += samples[at];
      }
      for (let at = 0; at < sum.length; at++) {
        const block = (at / step) | 0;
        across[block] += sum[at] * wanted[at];
        power[block] += sum[at] * sum[at];
      }
    }
    let gain = 1;
    for (let block = 0; block < count; block++) {
      if (power[block] > 1e-8) gain = Math.max(0, Math.min(16, across[block] / power[block]));
      curve[block] = gain;
    }
    const buffer = new AudioBuffer({ length: count, sampleRate: mix.sampleRate / step });
    buffer.copyToChannel(curve, 0);
    return buffer;
  }

  // Tracks that start at one moment: sources, and a fader a track, behind the mastering curve where there is one.
  function wired(ctx, deck, into, whenS, offsetS, loops) {
    const bus = ctx.createGain(), sources = [], faders = [];
    const source = (buffer) => {
      const node = ctx.createBufferSource();
      node.buffer = buffer;
      node.loop = loops;
      sources.push(node);
      return node;
    };
    if (deck.curve) {
      bus.gain.value = 0;
      source(deck.curve).connect(bus.gain);
    }
    for (const track of deck.tracks) {
      const fader = ctx.createGain();
      fader.gain.value = track.gain;
      source(track.buffer).connect(fader).connect(bus);
      faders.push(fader);
    }
    bus.connect(into);
    for (const node of sources) node.start(whenS, Math.min(offsetS, node.buffer.duration));
    return { sources, faders };
  }

  class Sound extends EventTarget {
    cue = null;
    deck = null;
    volume = 1;
    #ctx = null;
    #out = null;
    #film = null;
    #element = null;
    #fed = new WeakMap(); // media elements to their faders
    #run = null; // what is sounding from the deck
    #placeS = 0;
    #asked = 0;
    #stems = null; // of the take that they were asked for last: decoding takes a while

    get ctx() {
      if (!this.#ctx) {
        this.#ctx = new AudioContext({ sampleRate: 48000 });
        this.#out = this.#ctx.createGain();
        this.meter = this.#ctx.createAnalyser();
        this.#out.connect(this.meter).connect(this.#ctx.destination);
        this.#out.gain.value = this.volume;
      }
      return this.#ctx;
    }

    get lengthS() { return this.deck?.lengthS ?? this.cue?.lengthS ?? 0; }
    get isPlaying() { return this.deck ? this.#run !== null : Boolean(this.#element && !this.#element.paused); }
    get quieterDb() { return this.cue ? turnedDownDb(this.cue.lufs) : 0; }

    get timeS() {
      if (!this.deck) return this.#element?.currentTime ?? 0;
      if (!this.#run) return this.#placeS;
      const at = this.#placeS + Math.max(0, this.ctx.currentTime - this.#run.beganS);
      return this.cue.loop ? at % this.lengthS : Math.min(at, this.lengthS);
    }

    // Another take, or the same one again: the place stays, and what sounded goes on only where that is wished.
    attach(cue, audio, film, { goesOn = false } = {}) {
      const hasEnded = this.timeS > this.lengthS - 0.1, placeS = hasEnded ? 0 : this.timeS;
      const same = this.cue?.mix === cue.mix;
      const goes = (goesOn || same) && this.isPlaying;
      this.#halt();
      this.#element?.pause();
      if (!same) this.deck = null;
      this.cue = cue;
      this.#film = film;
      this.#element = film ?? audio;
      this.#element.loop = cue.loop;
      for (const kind of ["play", "pause", "seeked", "ended", "loadedmetadata"]) {
        this.#element.addEventListener(kind, () => this.#changed());
      }
      this.#placeS = Math.min(placeS, cue.lengthS);
      if (this.#placeS && !this.deck) this.#element.currentTime = this.#placeS;
      if (goes) this.play();
      this.#changed();
    }

    async play() {
      if (!this.cue) return;
      await this.ctx.resume();
      if (this.timeS >= this.lengthS - 0.05) this.#goTo(0);
      if (this.deck) this.#start(this.#placeS);
      else {
        this.#feed(this.#element);
        await this.#element.play().catch(() => {});
      }
      this.#changed();
    }

    pause() {
      this.#placeS = this.timeS;
      this.#halt();
      this.#element?.pause();
      this.#changed();
    }

    toggle() { return this.isPlaying ? this.pause() : this.play(); }

    seek(timeS) {
      this.#goTo(Math.max(0, Math.min(this.lengthS, timeS)));
      if (this.#run) this.#start(this.#placeS);
      this.#changed();
    }

    setVolume(volume) {
      this.volume = volume;
      if (this.#ctx) this.#out.gain.setTargetAtTime(volume, this.#ctx.currentTime, 0.01);
      this.#changed();
    }

    // The stems of the take, decoded, and the curve that makes their sum the mix.
    async stems(told = () => {}) {
      const { cue } = this, asked = ++this.#asked, rate = rateFor(cue.lengthS, cue.stems.length + 1);
      if (this.#stems?.mix === cue.mix) return this.#stems;
      const buffers = [];
      for (const [number, { address }] of [{ address: cue.mix }, ...cue.stems].entries()) {
        told(number, cue.stems.length + 1);
        buffers.push(await decoded(address, rate));
      }
      if (asked !== this.#asked || cue !== this.cue) return null;
      const [mix, ...stems] = buffers;
      const tracks = cue.stems.map(({ id }, number) => ({ id, buffer: stems[number], gain: 1 }));
      const trim = ratio(turnedDownDb(cue.lufs));
      this.#stems = { kind: "stems", mix: cue.mix, tracks, curve: masteringCurve(stems, mix), lengthS: cue.lengthS, trim };
      return this.#stems;
    }

    // Two takes, decoded; `matched` plays both as loud as the quieter one.
    async pair(other, matched) {
      const { cue } = this, asked = ++this.#asked, both = [cue, other];
      const lengthS = Math.max(cue.lengthS, other.lengthS), rate = rateFor(lengthS, 2);
      const buffers = await Promise.all(both.map(({ mix }) => decoded(mix, rate)));
      if (asked !== this.#asked || cue !== this.cue) return null;
      const tracks = both.map(({ take, lufs }, number) => ({ id: take, lufs, buffer: buffers[number], gain: 0 }));
      return { kind: "pair", tracks, lengthS, trim: 1, heard: cue.take, matched };
    }

    // What is on the deck sounds instead of the mix, from the same place on; null goes back to the mix.
    load(deck) {
      const placeS = this.timeS, goes = this.isPlaying, takesOver = goes && deck && !this.deck;
      if (goes && !takesOver) this.pause();
      this.deck = deck;
      if (deck?.kind === "pair") this.hear(deck.heard, deck.matched);
      if (takesOver) return this.#takeOver();
      this.#goTo(Math.min(placeS, this.lengthS));
      if (goes) this.play();
      this.#changed();
    }

    // Which of two takes is heard: the other goes on unheard, so that no moment is lost.
    hear(take, matched = this.deck.matched) {
      const { deck } = this, lowest = Math.min(CEILING_LUFS, ...deck.tracks.map(({ lufs }) => lufs));
      Object.assign(deck, { heard: take, matched });
      const loud = (lufs) => ratio(matched ? lowest - lufs : turnedDownDb(lufs));
      this.mix((track) => (track.id === take ? loud(track.lufs) : 0));
    }

    // Every track of the deck as loud as `gainOf` says, without a click.
    mix(gainOf) {
      for (const [number, track] of this.deck.tracks.entries()) {
        track.gain = gainOf(track);
        const fader = this.#run?.faders[number].gain;
        if (!fader) continue;
        const nowS = this.ctx.currentTime;
        fader.cancelScheduledValues(nowS);
        fader.setValueAtTime(fader.value, nowS);
        fader.linearRampToValueAtTime(track.gain, nowS + FADE_S);
      }
      this.#changed();
    }

    // What the deck would sound like as a whole, worked out at once instead of played.
    rendered() {
      const { sampleRate } = this.deck.tracks[0].buffer;
      const offline = new OfflineAudioContext(2, Math.round(this.lengthS * sampleRate), sampleRate);
      const trim = offline.createGain();
      trim.gain.value = this.deck.trim;
      trim.connect(offline.destination);
      wired(offline, this.deck, trim, 0, 0, false);
      return offline.startRendering();
    }

    // A film whose sound is not heard follows the deck: a little faster or slower, a jump where it is far off.
    followed() {
      const film = this.#film;
      if (!film || !this.#run) return;
      const lateS = this.timeS - film.currentTime;
      if (Math.abs(lateS) > 0.3) film.currentTime = this.timeS;
      film.playbackRate = Math.abs(lateS) > 0.02 ? 1 + Math.max(-0.2, Math.min(0.2, lateS)) : 1;
      if (film.paused && this.timeS < film.duration - 0.1) film.play().catch(() => {});
    }

    #goTo(timeS) {
      this.#placeS = timeS;
      if (this.#element) this.#element.currentTime = timeS;
    }

    #feed(element) {
      if (!this.#fed.has(element)) {
        const fader = this.ctx.createGain();
        this.ctx.createMediaElementSource(element).connect(fader).connect(this.#out);
        this.#fed.set(element, fader);
      }
      const { gain } = this.#fed.get(element);
      gain.cancelScheduledValues(this.ctx.currentTime);
      gain.setValueAtTime(ratio(this.quieterDb), this.ctx.currentTime);
      element.muted = false;
      element.playbackRate = 1;
    }

    // The mix goes on until the deck sounds, and fades as the deck comes in.
    #takeOver() {
      const { deck } = this, element = this.#element, fader = this.#fed.get(element);
      this.#start(element.currentTime + LEAD_S, { film: false });
      fader.gain.setValueAtTime(fader.gain.value, this.#run.beganS);
      fader.gain.linearRampToValueAtTime(0, this.#run.beganS + FADE_S);
      setTimeout(() => {
        if (this.deck !== deck) return;
        if (element === this.#film) element.muted = true;
        else element.pause();
      }, 1000 * (LEAD_S + 2 * FADE_S));
      this.#changed();
    }

    #start(fromS, { film = true } = {}) {
      this.#halt();
      const { ctx, deck } = this, beganS = ctx.currentTime + LEAD_S, fader = ctx.createGain();
      fader.gain.setValueAtTime(0, beganS);
      fader.gain.linearRampToValueAtTime(deck.trim, beganS + FADE_S);
      fader.connect(this.#out);
      const run = { ...wired(ctx, deck, fader, beganS, fromS, this.cue.loop), fader, beganS };
      let left = run.sources.length;
      for (const source of run.sources) source.onended = () => { if (!--left && this.#run === run) this.pause(); };
      this.#run = run;
      this.#placeS = fromS;
      if (this.#film && film) {
        this.#film.muted = true;
        this.#film.currentTime = fromS;
        this.#film.play().catch(() => {});
      }
    }

    #halt() {
      const run = this.#run;
      this.#run = null;
      if (!run) return;
      const nowS = this.ctx.currentTime;
      run.fader.gain.cancelScheduledValues(nowS);
      run.fader.gain.setValueAtTime(run.fader.gain.value, nowS);
      run.fader.gain.linearRampToValueAtTime(0, nowS + FADE_S);
      for (const source of run.sources) source.stop(nowS + 2 * FADE_S);
    }

    #changed() { this.dispatchEvent(new Event("change")); }
  }

  window.cuewright = Object.assign(window.cuewright ?? {}, { sound: new Sound() });
})();
