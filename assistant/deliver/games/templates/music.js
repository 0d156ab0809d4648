// The music of a game in Web Audio: every layer sounds all the time, in phase; only gains move. Times are seconds of
// the audio context; everything is scheduled on whole frames. Works in an OfflineAudioContext as in a live one.
class CuewrightMusic {
  // manifest: manifest.json; buffers: {name: AudioBuffer} of "layer_1" ..., "intro", "outro", stingers, transitions.
  constructor(context, manifest, buffers, target) {
    this.context = context;
    this.manifest = manifest;
    this.buffers = buffers;
    this.output = context.createGain();
    this.output.connect(target || context.destination);
    this.barS = manifest.bar_frames / manifest.rate_hz;
    this.beatS = manifest.beat_frames / manifest.rate_hz;
    this.layers = [];
    this.startedS = null; // where the grid of bars begins
    this.loopS = null; // where the loop begins
  }

  // The time moved up to a whole frame of the context.
  frame(atS) {
    return Math.ceil(atS * this.context.sampleRate - 1e-6) / this.context.sampleRate;
  }

  // The first bar line (or beat) at or after a time.
  next(atS, stepS) {
    if (this.startedS === null) return this.frame(atS);
    const steps = Math.max(0, Math.ceil((atS - this.startedS) / stepS - 1e-6));
    return this.frame(this.startedS + steps * stepS);
  }

  nextBar(atS) { return this.next(atS, this.barS); }

  nextBeat(atS) { return this.next(atS, this.beatS); }

  // Begin at a time, with the intro or without, with so many layers.
  start(atS, level, withIntro = true) {
    this.startedS = this.frame(atS);
    const intro = this.manifest.pieces.find((piece) => piece.kind === "intro");
    const useIntro = withIntro && intro && this.buffers[intro.name];
    if (useIntro) this.play(intro.name, this.startedS);
    this.loopS = this.startedS + (useIntro ? intro.bar_frames_total / this.manifest.rate_hz : 0);
    this.layers = this.manifest.layers.map((layer, index) => {
      const source = this.context.createBufferSource(), gain = this.context.createGain();
      source.buffer = this.buffers[layer.name];
      source.loop = true; // the whole buffer, which is the loop to the frame
      const value = index < level ? 1 : 0;
      gain.gain.setValueAtTime(value, 0);
      source.connect(gain).connect(this.output);
      source.start(this.loopS);
      return { source, gain, line: { fromS: 0, from: value, toS: 0, to: value } };
    });
    this.level = level;
    return this.loopS;
  }

  // Let so many layers sound from a time on, within some seconds.
  setLevel(level, atS, fadeS = this.manifest.fade_s) {
    this.level = level;
    this.layers.forEach((layer, index) => this.moveGain(layer, index < level ? 1 : 0, atS, fadeS));
  }

  // A line from where the gain is at that time, wherever an earlier line was on its way to.
  moveGain(layer, to, atS, fadeS) {
    const now = CuewrightMusic.valueOn(layer.line, atS), param = layer.gain.gain;
    if (now === to && layer.line.to === to) return;
    param.cancelScheduledValues(atS);
    if (layer.line.toS > atS && layer.line.fromS < atS) param.linearRampToValueAtTime(now, atS);
    else param.setValueAtTime(now, atS);
    param.linearRampToValueAtTime(to, atS + fadeS);
    layer.line = { fromS: atS, from: now, toS: atS + fadeS, to };
  }

  static valueOn(line, atS) {
    if (atS >= line.toS) return line.to;
    if (atS <= line.fromS) return line.from;
    return line.from + ((line.to - line.from) * (atS - line.fromS)) / (line.toS - line.fromS);
  }

  // A stinger or any other piece, once.
  play(name, atS, gain = 1) {
    const source = this.context.createBufferSource(), strength = this.context.createGain();
    source.buffer = this.buffers[name];
    strength.gain.value = gain;
    source.connect(strength).connect(this.output);
    source.start(this.frame(atS));
    return source;
  }

  // The loop makes way for the outro on a bar line; gives back when everything has rung out.
  finish(atS, fadeS = 0.25) {
    const barS = this.nextBar(atS);
    const outro = this.manifest.pieces.find((piece) => piece.kind === "outro");
    this.layers.forEach((layer) => {
      this.moveGain(layer, 0, barS, fadeS);
      layer.source.stop(barS + fadeS + 0.05);
    });
    if (outro && this.buffers[outro.name]) {
      this.play(outro.name, barS);
      return barS + outro.frames / this.manifest.rate_hz;
    }
    return barS + fadeS;
  }

  // Silence, within a few hundredths of a second.
  stop(atS = this.context.currentTime) {
    this.layers.forEach((layer) => {
      this.moveGain(layer, 0, atS, 0.05);
      layer.source.stop(atS + 0.1);
    });
    const line = this.output.gain;
    line.setValueAtTime(1, atS);
    line.linearRampToValueAtTime(0, atS + 0.05);
    this.startedS = null;
  }
}
